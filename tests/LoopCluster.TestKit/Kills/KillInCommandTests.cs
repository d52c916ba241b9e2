using System.Collections.Concurrent;
using System.Diagnostics;
using LoopCluster.Engine.Events;

namespace LoopCluster.TestKit.Kills;

/// <summary>
/// SIGKILL while a command runs: the command dies with the process, what it half wrote is gone, and the next process runs it again.
/// </summary>
public abstract class KillInCommandTests : KillTests
{
    private static readonly string[] Moments = ["prepare", "baseline", "tool", "verify"];

    [SkippableFact]
    public async Task Resume_AfterKillInCommand_RunsItAgain() => await EachAsync(containers: false);

    [SkippableFact]
    [Trait("Category", "Docker")]
    public async Task Resume_AfterKillInContainer_FindsItGoneAndRunsItAgain()
    {
        await Containers.SkipWithoutEngineAsync();
        await EachAsync(containers: true);
    }

    /// <summary>Two at a time, as in the matrix: most of such a run is a command that takes its moment.</summary>
    private async Task EachAsync(bool containers)
    {
        var target = await OpenAsync();
        var faults = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Moments, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (moment, _) =>
        {
            try
            {
                await RunAsync(target, moment, containers);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                faults.Add($"killed in {moment}: {e}");
            }
        });
        faults.ShouldBeEmpty();
    }

    private static async Task RunAsync(FaultTarget target, string moment, bool containers)
    {
        using var loop = target.NewCase(SlowScenario.Spec(), containers);
        await using (var process = loop.Run())
        {
            await SeeMomentAsync(process, moment);
            if (moment == "tool")
            {
                await Until.ExistsAsync(Path.Combine(loop.Tree, "half.txt"));
            }

            await process.KillAsync();
        }

        var killed = Stopwatch.GetTimestamp();
        if (containers)
        {
            await Containers.ShouldBeGoneAsync(loop.Id, killed);
        }

        var events = await loop.ResumeToGreenAsync();

        // Each command twice, the one that was cut off and its repetition; nothing else twice.
        loop.Witnessed($"sandbox start {SlowScenario.Prepare}").ShouldBe(moment == "prepare" ? 2 : 1);
        loop.Witnessed($"sandbox start {SlowScenario.Tool}").ShouldBe(moment == "tool" ? 2 : 1);
        loop.Witnessed($"sandbox start {SlowScenario.Gate}").ShouldBe(moment is "baseline" or "verify" ? 3 : 2);
        var tool = events.OfType<ToolCompleted>().First();
        (tool.Outcome, tool.ExitCode).ShouldBe((ToolOutcome.Ok, 0), tool.Output.Text);
        events.OfType<BasePrepared>().ShouldHaveSingleItem().Layer!.Paths.ShouldBe([".deps"]);
    }

    private static async Task SeeMomentAsync(HostProcess process, string moment)
    {
        if (moment == "prepare")
        {
            await process.SeeAsync($"sandbox start {SlowScenario.Prepare}");
            return;
        }

        await process.SeeAsync($"sandbox start {(moment == "tool" ? SlowScenario.Tool : SlowScenario.Gate)}");
        if (moment == "verify")
        {
            await process.SeeAsync($"sandbox start {SlowScenario.Gate}");
        }
    }
}
