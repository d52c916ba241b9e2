using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>Two silos that both believe a loop to be theirs, as happens when a link is cut: epochs decide.</summary>
[Trait("Category", "Cluster")]
public sealed class DoubleActivationTests : ClusterTests
{
    [Fact]
    public async Task TwoSilosDriveOneLoop_OneWins_NoStepTwiceNoneLostAndTheLosersContainersAreGone()
    {
        await StartClusterAsync(2);
        var loops = await StartAsync(8);
        await Task.WhenAll(loops.Select(l => HeldAsync(l)));

        foreach (var loop in loops)
        {
            var loser = Cluster.SiloOf(loop).ShouldNotBeNull();
            var winner = Cluster.Silos.First(s => s != loser);
            var losing = LoopTestCluster.Get<LoopDrivers>(loser).Find(loop).ShouldNotBeNull();
            // What a second activation does, past the directory.
            await LoopTestCluster.Get<LoopDrivers>(winner).TakeUpAsync(loop, Tenant, Patient);
            await HeldAsync(loop, epoch: 2);
            losing.Done.IsCompleted.ShouldBeFalse("both drive now");
        }

        Shell.Release();

        await AllEndRightAsync(loops);
        foreach (var loop in loops)
        {
            (await EventsAsync<DriverStarted>(loop)).Select(d => d.Epoch).ShouldBe([1, 2]);
            (await EventsAsync<LoopVerified>(loop)).ShouldHaveSingleItem();
            Shell.Sandbox.Released.Count(l => l == loop).ShouldBeGreaterThanOrEqualTo(2, "both drivers release what they held");
        }
    }

    [Fact]
    public async Task Loser_StopsDeactivatesAndIsNotDrivenAgain()
    {
        await StartClusterAsync(2);
        var loop = await StartAsync();
        await HeldAsync(loop);
        var loser = Cluster.SiloOf(loop).ShouldNotBeNull();
        var losing = LoopTestCluster.Get<LoopDrivers>(loser).Find(loop).ShouldNotBeNull();
        await LoopTestCluster.Get<LoopDrivers>(Cluster.Silos.First(s => s != loser)).TakeUpAsync(loop, Tenant, Patient);
        await HeldAsync(loop, epoch: 2);

        Shell.Release();

        await Should.ThrowAsync<Engine.Errors.LedgerConflictException>(() => losing.Done);
        await AllEndRightAsync([loop]);
        await UntilAsync(() => Cluster.SiloOf(GrainIdOf(loop)) is null, "the loser's activation is gone");
        (await StateAsync(loop)).Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task TakeUp_ManyTimesAtOnce_OneDriver()
    {
        await StartClusterAsync(2);
        var loop = await StartAsync();
        await HeldAsync(loop);
        var grain = LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.First()).GetGrain<ILoopGrain>(LoopKey.Of(Tenant, loop));

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => grain.DriveAsync(Patient)));

        replies.ShouldAllBe(r => r.Code == null);
        (await EventsAsync<DriverStarted>(loop)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Park_AndDriveAtTheSameTime_NeverTwoDriversInOneProcess()
    {
        var gauge = new GaugeSandbox(Shell.Sandbox);
        await StartClusterAsync(1, s => s with { Sandbox = gauge });
        var loop = await StartAsync();
        await HeldAsync(loop);
        var grain = LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.First()).GetGrain<ILoopGrain>(LoopKey.Of(Tenant, loop));

        for (var round = 0; round < 10; round++)
        {
            var epoch = (await StateAsync(loop)).Epoch;
            var parking = grain.ParkAsync(Patient);
            (await grain.DriveAsync(Patient)).Code.ShouldBeNull();
            await parking;
            await AnyHost.ResumeAsync(loop, Patient);
            await HeldAsync(loop, epoch + 1);
        }

        Shell.Release();
        await AllEndRightAsync([loop]);
        var epochs = (await EventsAsync<DriverStarted>(loop)).Select(d => d.Epoch).ToArray();
        epochs.ShouldBe(Enumerable.Range(1, epochs.Length));
        gauge.MostOf(loop).ShouldBe(1);
    }

    [Fact]
    public async Task Deactivate_ActivationOfARunningLoop_HandsOverAtAStepBoundary()
    {
        await StartClusterAsync(2);
        var loop = await StartAsync();
        await HeldAsync(loop);

        await Cluster.Cluster.DeactivateAsync(GrainIdOf(loop));
        await HeldAsync(loop, epoch: 2);

        Shell.Release();
        await AllEndRightAsync([loop]);
        (await StateAsync(loop)).Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task Drive_UnderAnotherTenantsKey_IsAnUnknownLoop()
    {
        await StartClusterAsync(1);
        var loop = await StartAsync();
        await HeldAsync(loop);
        var grain = LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.First()).GetGrain<ILoopGrain>(LoopKey.Of("other", loop));

        (await grain.DriveAsync(Patient)).Code.ShouldBe("unknown-loop");
        var signal = SignalMessage.Of(new Runtime.Ports.CancelSignal("c1", "eve", ""));
        (await grain.SignalAsync(signal, Patient)).Code.ShouldBe("unknown-loop");

        (await StateAsync(loop)).Status.ShouldBe(LoopStatus.Running);
        (await EventsAsync<CancelRequested>(loop)).ShouldBeEmpty();
    }

    private GrainId GrainIdOf(LoopId loop) => LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.First()).GetGrain<ILoopGrain>(LoopKey.Of(Tenant, loop)).GetGrainId();
}
