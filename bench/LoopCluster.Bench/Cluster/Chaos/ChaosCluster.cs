using LoopCluster.Bench.Cluster.Chaos.Faults;
using LoopCluster.Bench.Cluster.Hosting;
using LoopCluster.Bench.Cluster.Hosting.Engines;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.ClusterKit.Disks;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.ClusterKit.Redis;

namespace LoopCluster.Bench.Cluster.Chaos;

/// <summary>The cluster of a run, and somebody who starts again what ended, as an orchestrator would.</summary>
internal sealed class ChaosCluster(ClusterHarness harness, IReadOnlyList<SmallDisk> disks, PrivateEngine? engine) : IAsyncDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan UpPatience = TimeSpan.FromSeconds(60);

    private readonly HashSet<SiloServer> _held = [];

    public ClusterHarness Harness => harness;

    public IReadOnlyList<SiloServer> Silos => harness.Silos;

    public RedisServer Redis => harness.Redis;

    public ClusterNetwork Network => harness.Network;

    /// <summary>One under each silo's data directory; none where mounting is not allowed.</summary>
    public IReadOnlyList<SmallDisk> Disks => disks;

    public PrivateEngine? Engine => engine;

    /// <summary>While it is held nobody starts the silo again.</summary>
    public IDisposable Hold(SiloServer silo)
    {
        lock (_held)
        {
            _held.Add(silo);
        }

        return new Held(this, silo);
    }

    /// <summary>Starts each silo again that ended by itself (one that was buried alive does), until cancelled.</summary>
    public async Task SuperviseAsync(FaultLog log, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Glance, cancellationToken).ConfigureAwait(false);
            lock (_held)
            {
                foreach (var silo in Silos.Where(silo => !silo.IsRunning && !_held.Contains(silo)))
                {
                    log.Ended(silo.Lives[^1]);
                    silo.Start();
                }
            }
        }
    }

    /// <summary>Done when the silo answers that it is ready; what does not become ready is a fault of the cluster.</summary>
    public static async Task WaitUntilUpAsync(SiloServer silo, FaultLog log, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; !await silo.IsReadyAsync().ConfigureAwait(false); waited += Glance)
        {
            if (waited > UpPatience)
            {
                log.Broken($"{silo.Name} is not ready a minute after the fault ended; its log: {silo.Process.Log}");
                return;
            }

            await Task.Delay(Glance, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await harness.DisposeAsync().ConfigureAwait(false);
        foreach (var disk in disks)
        {
            await disk.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class Held(ChaosCluster cluster, SiloServer silo) : IDisposable
    {
        public void Dispose()
        {
            lock (cluster._held)
            {
                cluster._held.Remove(silo);
            }
        }
    }
}
