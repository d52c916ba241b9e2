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
    private static readonly TimeSpan Think = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public async Task<StorageResult> RunAsync()
    {
        var place = Path.Combine(root, "storage");
        await using var stub = await StubServer.StartAsync(0, Think);
        await using var redis = await BenchRedis.StartAsync(Path.Combine(place, "redis"), fsync);
        await using var cluster = await BenchCluster.StartAsync(Path.Combine(place, "cluster"), redis, 1);
        await using var ledger = await ClusterLedger.ConnectAsync(redis, cluster.KeysDirectory);
        var silo = cluster.Silos[0];

        // The very first start compiled and paged in what every later one finds.
        await silo.Process.KillAsync();
        var empty = await StartAsync(silo);
        var rssEmpty = cluster.RssMb();
        say($"writing {stored} loops");
        await StoredLoops.WriteEndedAsync(ledger.Ledger, stored);
        await silo.Process.KillAsync();
        var full = await StartAsync(silo);
        var rssStored = cluster.RssMb();

        say($"bringing back {LongLoops} loops of {LongEntries} entries");
        var longs = await StoredLoops.WriteLongAsync(ledger.Ledger, stub.Url, LongLoops, LongEntries);
        var warm = LongLoops / 3;
        await cluster.ResumeAsync(silo, longs.Take(warm), 1);
        double[] activations = [.. (await cluster.ResumeAsync(silo, longs.Skip(warm), 1)).Order()];
        await EndAsync(cluster, silo);

        say($"running {active} loops");
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
        await StartAsync(silo);
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
            RedisMb = Measure.RssMb(redis.Pid),
        };
    }

    private static async Task<double> StartAsync(SiloServer silo)
    {
        silo.MoveToNewPorts();
        var started = Stopwatch.GetTimestamp();
        silo.Start();
        await silo.WaitUntilReadyAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static Task EndAsync(BenchCluster cluster, SiloServer silo) => UntilAsync(async () => (await cluster.DescribeAsync(silo)).Driven == 0);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var started = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(20))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"not done after {Patience.TotalMinutes} minutes"));
            }
        }
    }
}
