using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>What a loop's grain does when it is asked again, in its way, or by the wrong one.</summary>
[Trait("Category", "Cluster")]
public sealed class LoopGrainTests : ClusterTests
{
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
    public async Task Deactivate_ActivationOfARunningLoop_HandsOver()
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
        var signal = SignalMessage.Of(new Engine.Loops.CancelSignal("c1", "eve", ""));
        (await grain.SignalAsync(signal, Patient)).Code.ShouldBe("unknown-loop");

        (await StateAsync(loop)).Status.ShouldBe(LoopStatus.Running);
        (await EventsAsync<CancelRequested>(loop)).ShouldBeEmpty();
    }

    private GrainId GrainIdOf(LoopId loop) =>
        LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.First()).GetGrain<ILoopGrain>(LoopKey.Of(Tenant, loop)).GetGrainId();
}
