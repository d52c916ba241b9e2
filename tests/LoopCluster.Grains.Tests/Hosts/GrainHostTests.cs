using LoopCluster.FunctionalTests.Hosts;
using LoopCluster.FunctionalTests.Support;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Tests.Hosts;

/// <summary>The functional tests of every host, on one silo.</summary>
[Trait("Category", "Cluster")]
public sealed class OneSiloTests : GrainHostTests
{
    protected override int Silos => 1;
}

/// <summary>The functional tests of every host, on three silos, seen from the last one.</summary>
[Trait("Category", "Cluster")]
public sealed class ThreeSilosTests : GrainHostTests
{
    protected override int Silos => 3;
}

public abstract class GrainHostTests : LoopHostFunctionalTests
{
    protected abstract int Silos { get; }

    protected override async ValueTask<IRunningHost> OpenAsync(HostSetup setup)
    {
        var store = new SharedStore(setup.Directory);
        var cluster = await LoopTestCluster.StartAsync(new ClusterSetup(store, setup.Sandbox) { Silos = Silos, Models = setup.Models, Time = setup.Time });
        return new RunningHost(store, cluster);
    }

    private sealed class RunningHost(SharedStore store, LoopTestCluster cluster) : IRunningHost
    {
        public ILoopHost Host { get; } = LoopTestCluster.HostOf(cluster.Silos.Last());

        public async ValueTask DisposeAsync()
        {
            await cluster.DisposeAsync();
            store.Dispose();
        }
    }
}
