using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Tiers and fallback over real HTTP model servers.</summary>
public abstract partial class LoopHostFunctionalTests
{
    private const string TwoGates = "[ { name: answer, run: has answer.txt 42 }, { name: more, run: has more.txt 7 } ]";

    [SkippableFact]
    public async Task Tiers_SameFailureTwice_GoesATierUpAndBackAfterProgress()
    {
        await using var cheap = new MakerServer(
            MakerServer.Writes("answer.txt", "40"),
            MakerServer.Done,
            MakerServer.Writes("answer.txt", "41"),
            MakerServer.Done,
            MakerServer.Writes("more.txt", "7"),
            MakerServer.Done
        );
        await using var dear = new MakerServer(MakerServer.Writes("answer.txt", "42"), MakerServer.Done);

        var state = await RunAsync(Tiered($"[ {Model(cheap.Url, "small-1")}, {Model(dear.Url, "big-1", 10)} ]", TwoGates));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        Routes(await EntriesAsync(state.Id))
            .ShouldBe([
                ("small-1", "tier-1", RouteCause.Configured),
                ("big-1", "tier-2", RouteCause.SameFailure),
                ("small-1", "tier-1", RouteCause.Progress),
            ]);
        (cheap.Asked, dear.Asked).ShouldBe((6, 2));
        state.Bills.Where(b => b.Model == "big-1").Sum(b => b.Requests).ShouldBe(2);
    }

    [SkippableFact]
    public async Task Tiers_EndpointIsBusy_TheNextOfTheTierAnswers()
    {
        await using var busy = RawServer.Answering(429, """{"error":{"message":"slow down"}}""", "Retry-After: 600\r\n");
        await using var free = new MakerServer(MakerServer.Writes("answer.txt", "42"), MakerServer.Done);
        var tier = $"[ {{ tier: small, models: [ {Model(busy.Url, "same")}, {Model(free.Url, "same")} ] }} ]";

        var state = await RunAsync(Tiered(tier));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        busy.Requests.Count.ShouldBe(1, "its Retry-After is kept to");
        free.Asked.ShouldBe(2);
        Routes(await EntriesAsync(state.Id))
            .ShouldBe([("same", "small", RouteCause.Configured), ("same/small", "small", RouteCause.Fallback)]);
    }

    [SkippableFact]
    public async Task Tiers_OneModelWritten_IsNeverLeftForAnother()
    {
        await ReopenAsync(new SwiftTime());
        await using var gone = RawServer.Answering(503, """{"error":{"message":"model is loading"}}""");
        await using var other = new MakerServer(MakerServer.Done);
        var spec = Tiered(Model(gone.Url, "local"), more: "outage: 10s");
        spec = spec with
        {
            Models = new Dictionary<string, ModelSpec>(spec.Models)
            {
                ["judge"] = new() { Url = other.Url.ToString(), Model = "paid" },
            },
        };

        var state = await RunAsync(spec);

        state.Status.ShouldBe(LoopStatus.Parked);
        other.Asked.ShouldBe(0);
    }

    private static string Model(Uri url, string id, int price = 1) =>
        $$"""{ url: "{{url}}", model: {{id}}, window: 32768, maxTokens: 1024, price: { in: {{price}}, out: {{price}} } }""";

    private LoopSpec Tiered(string make, string gates = "[ { name: answer, run: has answer.txt 42 } ]", string more = "") =>
        SpecFile.Parse(
            $$"""
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: "hello\n" } }
            models: { make: {{make}} }
            gates: {{gates}}
            {{more}}
            """,
            SpecOrigin.File(Files.Root)
        );

    /// <summary>Model, tier and cause of the requests, each once until it changes.</summary>
    private static List<(string, string, RouteCause)> Routes(IEnumerable<LedgerEntry> entries)
    {
        var routes = new List<(string, string, RouteCause)>();
        foreach (var request in entries.SelectMany(e => e.Events).OfType<ModelRequested>())
        {
            if (routes.Count == 0 || routes[^1] != (request.Model, request.Tier, request.Cause))
            {
                routes.Add((request.Model, request.Tier, request.Cause));
            }
        }

        return routes;
    }
}
