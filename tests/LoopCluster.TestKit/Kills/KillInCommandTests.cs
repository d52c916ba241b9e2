using System.Diagnostics;
using LoopCluster.Engine.Events;

namespace LoopCluster.TestKit.Kills;

/// <summary>SIGKILL while a command runs: the command dies with the process, what it half wrote is gone, and the next process runs it again.</summary>
public abstract class KillInCommandTests : KillTests
{
    [SkippableTheory]
    [InlineData("prepare")]
    [InlineData("baseline")]
    [InlineData("tool")]
    [InlineData("verify")]
    public async Task Resume_AfterKillInCommand_RunsItAgain(string moment) => await RunAsync(moment, containers: false);

    [SkippableTheory]
    [Trait("Category", "Docker")]
    [InlineData("prepare")]
    [InlineData("baseline")]
    [InlineData("tool")]
    [InlineData("verify")]
    public async Task Resume_AfterKillInContainer_FindsItGoneAndRunsItAgain(string moment)
    {
        await Containers.SkipWithoutEngineAsync();
        await RunAsync(moment, containers: true);
    }

    private async Task RunAsync(string moment, bool containers)
    {
        using var loop = (await OpenAsync()).NewCase(SlowScenario.Spec(), containers);
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
