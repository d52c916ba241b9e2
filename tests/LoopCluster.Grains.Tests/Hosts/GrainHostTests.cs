using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Hosts;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>The functional tests of every host, on one silo.</summary>
[Trait("Category", "Cluster")]
public sealed class OneSiloTests : GrainHostTests
{
    protected override int Silos => 1;
}

/// <summary>The same on three silos over Redis, seen from the last one. Only Redis holds what silos of several machines share.</summary>
[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class ThreeSilosOverRedisTests(RedisClassFixture redis) : GrainHostTests, IClassFixture<RedisClassFixture>
{
    protected override int Silos => 3;

    private protected override async ValueTask<SharedStore> OpenStoreAsync(string directory) =>
        SharedStore.OnRedis(await redis.ServerAsync(), directory);
}

public abstract class GrainHostTests : LoopHostFunctionalTests
{
    protected abstract int Silos { get; }

    protected override int Processes => Silos;

    protected override async ValueTask<IRunningHost> OpenAsync(HostSetup setup)
    {
        var store = await OpenStoreAsync(setup.Directory);
        var cluster = await LoopTestCluster.StartAsync(
            new ClusterSetup(store, setup.Sandbox)
            {
                Silos = Silos,
                Models = setup.Models,
                Time = setup.Time,
                Services = setup.Configure,
                Configuration = Keeping(setup),
            }
        );
        return new RunningHost(store, cluster);
    }

    private static Dictionary<string, string?> Keeping(HostSetup setup)
    {
        var settings = new Dictionary<string, string?>(setup.Settings);
        if (setup.ParkedPeriod is { } period)
        {
            settings["LoopCluster:Keeper:Period"] = "00:00:00.1";
            settings["LoopCluster:Keeper:ParkedPeriod"] = period.ToString();
        }

        return settings;
    }

    private protected virtual ValueTask<SharedStore> OpenStoreAsync(string directory) =>
        ValueTask.FromResult(SharedStore.OnFiles(directory));

    private sealed class RunningHost(SharedStore store, LoopTestCluster cluster) : IRunningHost
    {
        public ILoopHost Host { get; } = LoopTestCluster.HostOf(cluster.Silos.Last());

        public IBlobStore Blobs => store.Blobs;

        public async ValueTask DisposeAsync()
        {
            await cluster.DisposeAsync();
            await store.DisposeAsync();
        }
    }
}
