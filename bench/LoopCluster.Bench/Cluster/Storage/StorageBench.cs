using System.Diagnostics;
using System.Globalization;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.Bench.Cluster.Turns;
using LoopCluster.Bench.Turns;

namespace LoopCluster.Bench.Cluster.Storage;

/// <summary>Start-up and memory of a silo beside many stored loops, and what it takes to bring a long one back.</summary>
internal sealed class StorageBench(string root, int stored, int active, string fsync, Action<string> say)
{
    private const int LongLoops = 60;
    private const int LongEntries = 1000;

    /// <summary>So many show the code, the connections and the types to a new process.</summary>
    private const int Few = 20;
    private static readonly TimeSpan Think = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public async Task<StorageResult> RunAsync()
    {
        var place = Path.Combine(root, "storage");
        await using var stub = await StubServer.StartAsync(0, Think);
        await using var redis = await RedisFigures.StartAsync(Path.Combine(place, "redis"), fsync);
        await using var cluster = await BenchCluster.StartAsync(Path.Combine(place, "cluster"), redis, 1);
        await using var ledger = await ClusterLedger.ConnectAsync(redis, cluster.KeysDirectory);
        var silo = cluster.Silos[0];

        // The very first start paged in what every later one finds.
        var empty = await BenchCluster.RestartAsync(silo);
        var rssEmpty = cluster.RssMb();
        say($"writing {stored} loops");
        await StoredLoops.WriteEndedAsync(ledger.Ledger, stored);
        var full = await BenchCluster.RestartAsync(silo);
        var rssStored = cluster.RssMb();

        say($"bringing back {LongLoops} loops of {LongEntries} entries");
        var longs = await StoredLoops.WriteLongAsync(ledger.Ledger, stub.Url, LongLoops, LongEntries);
        var warm = LongLoops / 3;
        await cluster.WakeAsync(silo, longs.Take(warm));
        double[] activations = [.. (await cluster.WakeAsync(silo, longs.Skip(warm))).Order()];
        await EndAsync(cluster, silo);

        say($"running {active} loops");
        await BenchCluster.RestartAsync(silo);
        await cluster.StartLoopsAsync(stub.Url, Few, 0);
        await EndAsync(cluster, silo);
        var heap = (await cluster.DescribeAsync(silo, collect: true)).Heap;
        await cluster.StartLoopsAsync(stub.Url, active, 0);
        await UntilAsync(async () => (await cluster.DescribeAsync(silo)).Driven == active);
        var rssActive = cluster.RssMb();
        var heapActive = (await cluster.DescribeAsync(silo, collect: true)).Heap;
        await EndAsync(cluster, silo);
        var heapIdle = (await cluster.DescribeAsync(silo, collect: true)).Heap;

        await cluster.StartLoopsAsync(stub.Url, active, 0);
        await silo.Process.KillAsync();
        var restarted = Stopwatch.GetTimestamp();
        await BenchCluster.StartAnewAsync(silo);
        await UntilAsync(async () => (await cluster.DescribeAsync(silo)).Driven == active);
        var takeOver = Stopwatch.GetElapsedTime(restarted).TotalMilliseconds;
        return new StorageResult
        {
            Stored = stored,
            Active = active,
            StartUpEmptyMs = Math.Round(empty),
            StartUpMs = Math.Round(full),
            RssEmptyMb = rssEmpty,
            RssStoredMb = rssStored,
            RssActiveMb = rssActive,
            ActiveBytesPerLoop = Math.Round((double)(heapActive - heap) / active),
            IdleBytesPerLoop = Math.Round((double)(heapIdle - heap) / active),
            TakeOverMs = Math.Round(takeOver),
            ActivationP50Ms = Measure.Percentile(activations, 50),
            ActivationP99Ms = Measure.Percentile(activations, 99),
            ActivationEntries = LongEntries,
            RedisMb = Measure.RssMb(redis.Process.Id),
        };
    }

    private static Task EndAsync(BenchCluster cluster, SiloServer silo) =>
        UntilAsync(async () => (await cluster.DescribeAsync(silo)).Driven == 0);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var started = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(20))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"not done after {Patience.TotalMinutes} minutes")
                );
            }
        }
    }
}
