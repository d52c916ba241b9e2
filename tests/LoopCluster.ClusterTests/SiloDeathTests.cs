using System.Diagnostics;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.ClusterTests.Support;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests;

/// <summary>Processes of silos that end, stop and come back, each with a data directory that nobody else sees.</summary>
public sealed class SiloDeathTests(ITestOutputHelper output) : ClusterTest(output)
{
    [SkippableFact]
    public async Task Kill_OneOfThree_OthersTakeItsLoopsWithoutItsDisk()
    {
        await StartAsync();
        var loops = await StartLoopsAsync(30, steps: 25);
        await AllStepAsync(loops);
        var killed = Busiest(loops);
        var orphans = DrivenBy(killed.Lives[^1], loops);

        var at = Stopwatch.GetTimestamp();
        await killed.Process.KillAsync();
        killed.LoseData();

        (await TakenUpAsync(orphans, killed.Lives, at)).ShouldBeLessThan(Limit.Of(5));
        await ShouldEndWellAsync(loops);
    }

    [SkippableFact]
    public async Task Terminate_OneOfThree_HandsOverWithinItsDeadlineAndEndsWell()
    {
        await StartAsync();
        var loops = await StartLoopsAsync(30, steps: 25);
        await AllStepAsync(loops);
        var leaving = Busiest(loops);
        var its = DrivenBy(leaving.Lives[^1], loops);

        var at = Stopwatch.GetTimestamp();
        leaving.Process.Send(Signal.Terminate);

        (await TakenUpAsync(its, leaving.Lives, at)).ShouldBeLessThan(Limit.Of(5));
        (await leaving.Process.WaitForExitAsync(TimeSpan.FromSeconds(45))).ShouldBeTrue("the drain has a deadline of 30 s");
        leaving.Process.ExitCode.ShouldBe(0, leaving.Process.Tail());
        leaving.LoseData();
        await ShouldEndWellAsync(loops);
    }

    [SkippableFact]
    public async Task Stop_ForThreeSeconds_IsNoDeath()
    {
        await StartAsync();
        var loops = await StartLoopsAsync(15, steps: 30);
        await AllStepAsync(loops);
        var slow = Busiest(loops);
        var its = DrivenBy(slow.Lives[^1], loops);
        its.ShouldNotBeEmpty();

        slow.Process.Send(Signal.Stop);
        // The fault itself: shorter than what membership takes for a death.
        await Task.Delay(TimeSpan.FromSeconds(3));
        slow.Process.Send(Signal.Continue);

        await ShouldEndWellAsync(loops);
        slow.Lives.Count.ShouldBe(1);
        slow.IsRunning.ShouldBeTrue(slow.Process.Tail());
        var book = Witnessed();
        its.Where(loop =>
                book.Of(loop)
                    .Any(line =>
                        line.Life != slow.Lives[0]
                        && line.Text.StartsWith("entry ", StringComparison.Ordinal)
                        && !line.Text.StartsWith("entry 1 ", StringComparison.Ordinal)
                    )
            )
            .ShouldBeEmpty("loops of a silo that was only slow were taken from it");
    }

    [SkippableFact]
    public async Task Restart_AllOnNewAddresses_EveryLoopStepsSoon()
    {
        await StartAsync();
        var loops = await StartLoopsAsync(30, steps: 25);
        await AllStepAsync(loops);
        var before = Lives.ToArray();
        var driven = before.SelectMany(life => DrivenBy(life, loops)).ToArray();

        await Task.WhenAll(Cluster.Silos.Select(silo => silo.Process.KillAsync()));
        var at = Stopwatch.GetTimestamp();
        foreach (var silo in Cluster.Silos)
        {
            silo.LoseData();
            silo.MoveToNewPorts();
            silo.Start();
        }

        (await TakenUpAsync(driven, before, at)).ShouldBeLessThan(Limit.Of(10));
        await ShouldEndWellAsync(loops);
    }
}
