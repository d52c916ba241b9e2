using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.TestKit.Kills;
using Xunit.Abstractions;

namespace LoopCluster.FaultTests.Budgets;

/// <summary>
/// A harness that is killed between request and reply has been billed for a reply it never saw. Its ledger must know at least as much.
/// </summary>
[Trait("Category", "Fault")]
public sealed class ModelBillTests(ITestOutputHelper output)
{
    private const decimal PriceIn = 3;
    private const decimal PriceOut = 15;

    [Fact]
    public async Task Resume_AfterKillsBetweenRequestAndReply_NeverOwesMoreThanTheLedgerSays()
    {
        var kills = Sampling.All ? 50 : 10;
        var notes = kills;
        await using var server = await BillingServer.StartAsync(turn =>
            turn < notes ? ("note", new { text = $"step {turn}" })
            : turn == notes ? ("write_file", new { path = "value.txt", content = "good\n" })
            : ("done", new { summary = "done" })
        );
        using var loop = new LoopCase(Spec(server.Url), containers: false);
        for (var kill = 0; kill < kills; kill++)
        {
            await using var process = kill == 0 ? loop.Run() : loop.Resume();

            // None, one or two turns succeed in between.
            for (var answered = 0; answered < kill % 3; answered++)
            {
                (await server.ArrivedAsync()).MayAnswer.SetResult(true);
            }

            var request = await server.ArrivedAsync();
            await process.KillAsync();
            request.MayAnswer.SetResult(false);
            await ShouldCoverAsync(loop, server);
        }

        await using (var last = loop.Resume())
        {
            var end = last.EndAsync();
            while (await Task.WhenAny(end, server.ArrivedAsync()) is Task<BillingServer.Request> arrived)
            {
                (await arrived).MayAnswer.SetResult(true);
            }

            (await end).ExitCode.ShouldBe(ExitCodes.Verified, (await end).Errors);
        }

        var state = await ShouldCoverAsync(loop, server);
        (state.Spend.ReservedTokens, state.Spend.ReservedCost).ShouldBe((0, 0));
        var events = await loop.EventsAsync();
        events.OfType<ModelFailed>().Count(f => f is { Kind: ModelFailureKind.Aborted, Assumed: true }).ShouldBe(kills);
        server.Served.ShouldBe(events.OfType<ModelRequested>().Count());
        await loop.Data.ReplayAsync(loop.Id);
        output.WriteLine($"{kills} kills: billed {server.Tokens} tokens, settled {state.Spend.Tokens}");
    }

    private static async Task<LoopState> ShouldCoverAsync(LoopCase loop, BillingServer server)
    {
        var state = await loop.Data.LoadAsync(loop.Id);
        server.Tokens.ShouldBeLessThanOrEqualTo(state.Spend.Tokens + state.Spend.ReservedTokens);
        server.CostAt(PriceIn, PriceOut).ShouldBeLessThanOrEqualTo(state.Spend.Cost + state.Spend.ReservedCost);
        return state;
    }

    private static object Spec(string url) =>
        new
        {
            goal = "Make the value good.",
            workspace = new { files = new Dictionary<string, string> { ["value.txt"] = "bad\n" } },
            model = new
            {
                url,
                model = "worst-case",
                window = 32768,
                maxTokens = 1024,
                price = new { @in = PriceIn, @out = PriceOut },
            },
            gates = new[] { new { name = "good", run = "grep -q good value.txt" } },
            budget = new { tokens = 20_000_000, turns = 500 },
        };
}
