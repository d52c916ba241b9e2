using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Keeper;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>Redis is flushed under a running silo: what is gone is said to be gone, and nothing is made in its place.</summary>
[Trait("Category", "Redis")]
public sealed class FlushedLedgerTests : ClusterTests, IDisposable
{
    private RedisServer? _server;

    public void Dispose() => _server?.Dispose();

    [SkippableFact]
    public async Task Flush_UnderARunningLoop_EndsDriveAndWatchAndLeavesNoHalfLedger()
    {
        await StartClusterAsync(1);
        var silo = Cluster.Silos.First();
        var loop = await StartAsync();
        await HeldAsync(loop);
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watching = WatchAsync(loop, seen);
        await seen.Task.WaitAsync(Patient);

        await _server!.CommandAsync("FLUSHALL");
        Shell.Release();

        (await Should.ThrowAsync<InfrastructureException>(() => watching)).Code.ShouldBe("ledger-lost");
        await UntilAsync(() => Cluster.SiloOf(loop) is null && !LoopTestCluster.Get<LoopRetries>(silo).Has(loop), "the loop is given up");
        (await Store.Ledger.ReadHeadAsync(loop, Patient)).ShouldBeNull();
        (await AnyHost.GetAsync(loop, Patient)).ShouldBeNull();
    }

    private protected override async ValueTask<SharedStore> OpenStoreAsync(string directory) =>
        SharedStore.OnRedis((_server = await TestRedis.StartDurableAsync()).Endpoint, directory);

    private async Task WatchAsync(LoopId loop, TaskCompletionSource seen)
    {
        await foreach (var _ in AnyHost.WatchAsync(loop, 1, Patient))
        {
            seen.TrySetResult();
        }
    }
}
