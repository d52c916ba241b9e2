using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Orleans.GrainDirectory;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;

namespace LoopCluster.Grains.Tests.Hosts;

[Trait("Category", "Cluster")]
public sealed class DoubleActivationOverFilesTests : DoubleActivationTests;

[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class DoubleActivationOverRedisTests(RedisClassFixture redis) : DoubleActivationTests, IClassFixture<RedisClassFixture>
{
    private protected override async ValueTask<SharedStore> OpenStoreAsync(string directory) =>
        SharedStore.OnRedis(await redis.ServerAsync(), directory);
}

/// <summary>
/// Two activations of one loop at the same time, on two silos that both are members: the directory has lost the first one's entry, as it
/// does when a silo that held a part of it dies, or a cut link has the others believe so. Epochs decide.
/// </summary>
public abstract class DoubleActivationTests : ClusterTests
{
    private InProcessSiloHandle First => Cluster.Silos.First();

    private InProcessSiloHandle Second => Cluster.Silos.Last();

    [SkippableFact]
    public async Task SecondActivation_WhileTheFirstHoldsInATool_WinsAndNoStepIsTwiceOrLost()
    {
        await StartClusterAsync(2, Undisturbed);
        var loops = new List<LoopId>();
        for (var i = 0; i < 4; i++)
        {
            loops.Add(await CreateAsync());
            (await DriveAsync(loops[i], First)).Code.ShouldBeNull();
            await HeldAsync(loops[i]);
        }

        foreach (var loop in loops)
        {
            await ForgetAsync(loop);
            (await DriveAsync(loop, Second)).Code.ShouldBeNull();
            await HeldAsync(loop, epoch: 2);
        }

        foreach (var loop in loops)
        {
            (await ActivationsAsync(loop)).ShouldBe([First.SiloAddress, Second.SiloAddress], ignoreOrder: true);
            DrivesOf(loop, First).ShouldNotBeNull().Done.IsCompleted.ShouldBeFalse("both drive, neither knows of the other");
        }

        var losing = loops.Select(l => DrivesOf(l, First)!).ToArray();
        Shell.Release();

        await AllEndRightAsync(loops);
        foreach (var drive in losing)
        {
            await Should.ThrowAsync<LedgerConflictException>(() => drive.Done);
        }

        foreach (var loop in loops)
        {
            await ShouldHaveOneWinnerAsync(loop, winner: Second, loser: First);
            (await EventsAsync<DriverStarted>(loop))
                .Select(d => (d.Epoch, d.Host))
                .ShouldBe([(1, AddressOf(First)), (2, AddressOf(Second))]);
        }
    }

    [SkippableFact]
    public async Task TwoActivations_ThatClaimTheLoopAtOneInstant_OneDrivesIt()
    {
        await StartClusterAsync(2, Undisturbed);
        var loop = await CreateAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var silo in Cluster.Silos)
        {
            Cluster.LifeOf(silo).Gate = gate.Task;
        }

        var first = DriveAsync(loop, First);
        await UntilAsync(
            async () => (await ActivationsAsync(loop)).Count == 1 && Cluster.LifeOf(First).GatedReads > 0,
            "the first activation is about to load the loop"
        );
        await ForgetAsync(loop);
        var second = DriveAsync(loop, Second);
        await UntilAsync(
            async () => (await ActivationsAsync(loop)).Count == 2 && Cluster.LifeOf(Second).GatedReads > 0,
            "the second one is about to as well"
        );
        gate.SetResult();
        await Task.WhenAll(first, second);
        await HeldAsync(loop);
        await UntilAsync(() => Cluster.Silos.Count(s => DrivesOf(loop, s) is not null) == 1, "one of them lost");

        Shell.Release();

        await AllEndRightAsync([loop]);
        // Both folded the same entry and claimed the same epoch, or one came so late that it read the other's claim: then it has the next.
        var claims = await EventsAsync<DriverStarted>(loop);
        claims.Select(c => c.Epoch).ShouldBe(Enumerable.Range(1, claims.Count));
        var winner = Cluster.Silos.Single(s => AddressOf(s) == claims[^1].Host);
        await ShouldHaveOneWinnerAsync(loop, winner, loser: Cluster.Silos.Single(s => s != winner));
    }

    [SkippableFact]
    public async Task Signals_ToBothActivations_AreRecordedOnceEach()
    {
        await StartClusterAsync(2, Undisturbed);
        var loop = await CreateAsync();
        await DriveAsync(loop, First);
        await HeldAsync(loop);
        await ForgetAsync(loop);
        await DriveAsync(loop, Second);
        await HeldAsync(loop, epoch: 2);
        (await ActivationsAsync(loop)).Count.ShouldBe(2);

        // The first silo still finds its own activation, which can record nothing any more: the caller asks again until it has found the
        // one that can.
        await Task.WhenAll(
            Cluster.Silos.SelectMany(silo =>
                new[] { "m1", "m2" }.Select(id =>
                    LoopTestCluster.HostOf(silo).SignalAsync(loop, new MessageSignal(id, "ann", id), Patient).AsTask()
                )
            )
        );
        (await EventsAsync<MessageReceived>(loop)).Select(m => m.Id).ShouldBe(["m1", "m2"], ignoreOrder: true);
        Shell.Release();

        await AllEndRightAsync([loop]);
        (await EventsAsync<MessageReceived>(loop)).Count.ShouldBe(2);
    }

    /// <summary>No keeper wakes a loop before the test does.</summary>
    private static ClusterSetup Undisturbed(ClusterSetup setup) =>
        setup with
        {
            Configuration = new Dictionary<string, string?> { ["LoopCluster:Keeper:NewLoopAge"] = "00:10:00" },
        };

    /// <summary>A loop that exists and that nobody has been asked to drive.</summary>
    private async Task<LoopId> CreateAsync() =>
        (await LoopTestCluster.Get<LoopStarter>(First).CreateAsync(new StartLoop(Tenant, HoldingSpec()), Patient)).Id;

    /// <summary>Asks from a silo, which places the activation on itself if it knows of none.</summary>
    private async Task<LoopReply> DriveAsync(LoopId loop, InProcessSiloHandle silo)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo.SiloAddress);
        try
        {
            return await GrainOf(loop, silo).DriveAsync(Patient);
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }

    /// <summary>Removes the loop from the grain directory; its activation is not told.</summary>
    private async Task ForgetAsync(LoopId loop)
    {
        var directory = First.ServiceProvider.GetRequiredKeyedService<IGrainDirectory>(GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY);
        var grain = GrainOf(loop, First).GetGrainId();
        var entry = (await directory.Lookup(grain)).ShouldNotBeNull();
        entry.SiloAddress.ShouldBe(First.SiloAddress);
        await directory.Unregister(entry);
        (await directory.Lookup(grain)).ShouldBeNull();
    }

    /// <summary>Every silo that has a live activation of the loop's grain, as each says itself.</summary>
    private async Task<IReadOnlyList<SiloAddress>> ActivationsAsync(LoopId loop)
    {
        var grain = GrainOf(loop, First).GetGrainId();
        var statistics = await LoopTestCluster.Get<IGrainFactory>(First).GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return [.. statistics.Where(s => s.GrainId == grain).Select(s => s.SiloAddress)];
    }

    private async Task ShouldHaveOneWinnerAsync(LoopId loop, InProcessSiloHandle winner, InProcessSiloHandle loser)
    {
        (await EventsAsync<LoopVerified>(loop)).ShouldHaveSingleItem();
        var requested = await EventsAsync<ToolRequested>(loop);
        var completed = await EventsAsync<ToolCompleted>(loop);
        completed.Select(c => c.Tool).ShouldBe(["shell", "shell", "write_file", "done"]);
        completed.Select(c => c.Call).ShouldBe(requested.Select(r => r.Call).Distinct(), "each step is there once");
        var entries = await EntriesAsync(loop);
        entries.Select(e => e.Epoch).ShouldBeInOrder();
        entries[^1].Epoch.ShouldBe((await StateAsync(loop)).Epoch);
        Cluster.LifeOf(winner).Released.ShouldContain(loop);
        Cluster.LifeOf(loser).Released.ShouldContain(loop, "the loser gives its containers back");
        await UntilAsync(() => DrivesOf(loop, loser) is null, "the loser's driver is gone");
        await UntilAsync(
            async () => (await ActivationsAsync(loop)).Count == 0,
            "both activations are gone: the loser's at once, the winner's with the loop's end"
        );
    }

    private static string AddressOf(InProcessSiloHandle silo) => silo.SiloAddress.ToParsableString();

    private static ActiveLoop? DrivesOf(LoopId loop, InProcessSiloHandle silo) => LoopTestCluster.Get<LoopDrivers>(silo).Find(loop);

    private static ILoopGrain GrainOf(LoopId loop, InProcessSiloHandle silo) =>
        LoopTestCluster.Get<IGrainFactory>(silo).GetGrain<ILoopGrain>(LoopKey.Of(Tenant, loop));
}
