using System.Diagnostics;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using Xunit.Abstractions;

namespace LoopCluster.TestKit.Kills;

/// <summary>
/// A loop is killed with SIGKILL at a write point of ledger or audit log, before and after the append, and resumed by a new process.
/// </summary>
public abstract class KillMatrixTests(ITestOutputHelper output) : KillTests
{
    private const int LeastSteps = 20;

    /// <summary>How many points are tried by default.</summary>
    protected abstract int Sample { get; }

    protected abstract int ContainerSample { get; }

    [SkippableFact]
    public async Task Resume_AfterKillAtEveryWritePoint_EndsOnTheSameTree() => await RunAsync(containers: false, Sample);

    [SkippableFact]
    [Trait("Category", "Docker")]
    public async Task Resume_AfterKillWithRealContainers_EndsOnTheSameTreeAndLeavesNone()
    {
        await Containers.SkipWithoutEngineAsync();
        await RunAsync(containers: true, ContainerSample);
    }

    private async Task RunAsync(bool containers, int sample)
    {
        var target = await OpenAsync();
        var (tree, points) = await MeasureAsync(target, containers);
        var chosen = Sampling.Of(points, sample, output);
        var started = Stopwatch.GetTimestamp();
        var run = new KillRun(target, containers, tree);
        var faults = new List<string>();
        await Parallel.ForEachAsync(chosen, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (point, _) =>
        {
            try
            {
                await run.CheckAsync(point);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                lock (faults)
                {
                    faults.Add($"{point}: {e.Message}");
                }
            }
        });
        output.WriteLine($"{chosen.Count} kills in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        faults.ShouldBeEmpty();
    }

    /// <summary>The undisturbed run: its tree, and how many write points it has.</summary>
    private static async Task<(string Tree, IReadOnlyList<KillPoint> Points)> MeasureAsync(FaultTarget target, bool containers)
    {
        using var loop = target.NewCase(KillScenario.Spec(), containers);
        await using var process = loop.Run();
        var writes = await process.CountWritesAsync();
        var end = await process.EndAsync();
        end.ExitCode.ShouldBe(ExitCodes.Verified, end.Errors);
        var state = await loop.Data.ReplayAsync(loop.Id);
        var events = await loop.EventsAsync();
        events.OfType<ToolCompleted>().Count().ShouldBeGreaterThanOrEqualTo(LeastSteps);
        events.OfType<AttemptFailed>().ShouldHaveSingleItem();
        return (
            state.Workspace.Tree,
            [.. Enumerable.Range(1, writes).SelectMany(n => new[] { new KillPoint(n, "before"), new KillPoint(n, "after") })]
        );
    }
}
