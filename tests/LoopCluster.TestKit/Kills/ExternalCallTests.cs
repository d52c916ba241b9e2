using System.Diagnostics;
using LoopCluster.Engine.Events;

namespace LoopCluster.TestKit.Kills;

/// <summary>
/// A call that could reach something outside is never repeated: the model is told that its outcome is unknown, and decides.
/// </summary>
public abstract class ExternalCallTests : KillTests
{
    [SkippableFact]
    public async Task Resume_AfterKillInExternalCall_TellsTheModelAndDoesNotRepeatIt() => await RunAsync(containers: false);

    [SkippableFact]
    [Trait("Category", "Docker")]
    public async Task Resume_AfterKillInContainerWithEgress_TellsTheModelAndDoesNotRepeatIt()
    {
        await Containers.SkipWithoutEngineAsync();
        await RunAsync(containers: true);
    }

    private async Task RunAsync(bool containers)
    {
        const string Call = "echo half > half.txt && sleep 2 && echo whole > half.txt";
        var script = new Script().Shell(Call).When("outcome of this call is unknown").Write("half.txt", "whole\n").Done();
        using var loop = (await OpenAsync()).NewCase(
            new
            {
                goal = "Make it whole.",
                workspace = new { files = new Dictionary<string, string> { ["README.md"] = "# whole\n" } },
                model = new { script = script.ToJson() },
                gates = new[] { new { name = "whole", run = "grep -q whole half.txt" } },
                sandbox = new { memory = "64m", egress = new[] { "localhost:9" } },
            },
            containers
        );
        await using (var process = loop.Run())
        {
            await process.SeeAsync("tool start");
            await Until.ExistsAsync(Path.Combine(loop.Tree, "half.txt"));
            await process.KillAsync();
        }

        if (containers)
        {
            await Containers.ShouldBeGoneAsync(loop.Id, Stopwatch.GetTimestamp());
        }

        var events = await loop.ResumeToGreenAsync();
        loop.Witnessed($"sandbox start {Call}").ShouldBe(1);
        events.OfType<ToolCompleted>().First().Outcome.ShouldBe(ToolOutcome.Unknown);
        events.OfType<ToolRequested>().First().Class.ShouldBe(EffectClass.External);
    }
}
