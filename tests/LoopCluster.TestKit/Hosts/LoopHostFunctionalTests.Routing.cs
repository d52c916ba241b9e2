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

    /// <summary>What an explorer reads is in its own requests and in no byte of the maker's.</summary>
    [SkippableFact]
    public async Task Explore_MakerAsks_GetsPlacesAndNothingOfTheReading()
    {
        const string Marker = "the-answer-is-forty-two-says-this-long-file";
        await using var explorer = new MakerServer(
            JudgeServer.Call("read_file", """{"path":"notes.txt"}"""),
            """{"answer":"the notes say so","places":[{"path":"notes.txt","line":2,"note":"there"}]}"""
        );
        await using var maker = new MakerServer(
            JudgeServer.Call("explore", """{"question":"What is the answer?"}"""),
            MakerServer.Writes("answer.txt", "42"),
            MakerServer.Done
        );

        var state = await RunAsync(Explored(maker, explorer, Marker));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        explorer.Requests.Last().ShouldContain(Marker);
        explorer.Requests.First().ShouldContain("What is the answer?");
        maker.Requests.ShouldAllBe(r => !r.Contains(Marker));
        maker.Requests.ElementAt(1).ShouldContain("notes.txt:2 there");
        (state.Spend.Turns, maker.Asked, explorer.Asked).ShouldBe((5, 3, 2));
        state.Bills.Where(b => b.Agent == "explore").Sum(b => b.TokensIn).ShouldBe(1800);
    }

    [SkippableFact]
    public async Task Explore_BeforeTheFirstAttempt_IsToldToTheMaker()
    {
        await using var explorer = new MakerServer(
            """{"answer":"look at the notes","places":[{"path":"nowhere.txt","line":1,"note":""}]}""",
            """{"answer":"look at the notes","places":[{"path":"notes.txt","line":1,"note":"here"}]}"""
        );
        await using var maker = new MakerServer(MakerServer.Writes("answer.txt", "42"), MakerServer.Done);

        var state = await RunAsync(Explored(maker, explorer, "x", "explore: true"));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        explorer.Requests.Last().ShouldContain("nowhere.txt, which is not there");
        maker.Requests.ShouldAllBe(r => r.Contains("look at the notes") && !r.Contains("nowhere.txt"));
    }

    /// <summary>Nothing of a question is lost when its host stops: what was read is not read again.</summary>
    [SkippableFact]
    public async Task Explore_HostStopsWhileItIsAsked_GoesOnWhereItWas()
    {
        using var second = new ManualResetEventSlim();
        await using var explorer = new MakerServer(number =>
        {
            if (number == 2)
            {
                second.Wait(Patient);
            }

            return number == 1
                ? JudgeServer.Call("read_file", """{"path":"notes.txt"}""")
                : """{"answer":"so","places":[{"path":"notes.txt","line":1,"note":"here"}]}""";
        });
        await using var maker = new MakerServer(
            JudgeServer.Call("explore", """{"question":"What?"}"""),
            MakerServer.Writes("answer.txt", "42"),
            MakerServer.Done
        );
        var loop = await StartAsync(Explored(maker, explorer, "x"));
        await UntilAsync(loop, s => s.Exploring is { Reads: 1 } && s.Open?.Intent is ModelRequested { Turn: 1 });

        var reopening = ReopenAsync();
        second.Set();
        await reopening;
        await Host.ResumeAsync(loop, Patient);

        (await UntilAsync(loop, s => s.IsTerminal)).Status.ShouldBe(LoopStatus.Verified);
        (await EntriesAsync(loop)).SelectMany(e => e.Events).OfType<ExplorerRead>().ShouldHaveSingleItem();
    }

    private LoopSpec Explored(MakerServer maker, MakerServer explorer, string marker, string more = "") =>
        SpecFile.Parse(
            $$"""
            goal: put 42 into answer.txt
            workspace: { files: { notes.txt: "first\n{{marker}}\n" } }
            models: { make: {{Model(maker.Url, "big-1")}}, explore: {{Model(explorer.Url, "small-1")}} }
            gates: [ { name: answer, run: has answer.txt 42 } ]
            {{more}}
            """,
            SpecOrigin.File(Files.Root)
        );

    [SkippableFact]
    public async Task Replicas_OfOneModel_KeepALoopOnTheOneWithItsPrefix()
    {
        string[] turns =
        [
            JudgeServer.Call("read_file", """{"path":"readme.txt"}"""),
            MakerServer.Writes("answer.txt", "42"),
            MakerServer.Done,
        ];
        await using var one = new MakerServer(turns);
        await using var two = new MakerServer(turns);

        var state = await RunAsync(Tiered(Replicas(one.Url, two.Url)));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        new[] { one.Asked, two.Asked }.Order().ShouldBe([0, 3]);
        var replies = (await EntriesAsync(state.Id)).SelectMany(e => e.Events).OfType<ModelReplied>().Select(r => r.Replica!).ToList();
        replies.Select(r => r.Cause).ShouldBe([ReplicaCause.First, ReplicaCause.Warm, ReplicaCause.Warm]);
        replies.Select(r => r.Url).Distinct().ShouldHaveSingleItem();
        var request = one.Requests.Concat(two.Requests).First(r => r.StartsWith("POST", StringComparison.Ordinal));
        request.ShouldContain("x-llm-d-inference-fairness-id: tests\r\n");
        request.ShouldContain("x-llm-d-inference-objective: make\r\n");
        request.ShouldContain($"x-session-id: {state.Id.Value}\r\n");
    }

    [SkippableFact]
    public async Task Replicas_OneIsAway_TheOtherAnswers()
    {
        await using var gone = RawServer.Answering(503, """{"error":{"message":"model is loading"}}""");
        await using var there = new MakerServer(MakerServer.Writes("answer.txt", "42"), MakerServer.Done);

        var state = await RunAsync(Tiered(Replicas(gone.Url, there.Url)));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        there.Asked.ShouldBe(2);
    }

    private static string Replicas(params Uri[] urls) =>
        $$"""{ replicas: [ {{string.Join(", ", urls.Select(u => $"\"{u}\""))}} ], model: m, window: 32768, maxTokens: 1024, price: { in: 1, out: 1 } }""";

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
