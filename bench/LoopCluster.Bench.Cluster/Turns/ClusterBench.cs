using LoopCluster.Bench.Turns;

namespace LoopCluster.Bench.Cluster.Turns;

internal static class ClusterBench
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var silos = int.Parse(arguments[0]);
        var rounds = int.Parse(arguments[1]);
        var fsync = arguments[2];
        var root = Path.Combine("/tmp", $"loop-bench-{Guid.NewGuid():n}");
        Directory.CreateDirectory(root);
        await using var stub = await StubServer.StartAsync(10);
        await using var redis = await BenchRedis.StartAsync(Path.Combine(root, "redis"), fsync);
        await using var cluster = await BenchCluster.StartAsync(Path.Combine(root, "cluster"), redis, silos);
        await using var ledger = await ClusterLedger.ConnectAsync(redis, cluster.KeysDirectory);
        for (var i = 0; i < rounds; i++)
        {
            foreach (var n in arguments.Skip(3).Select(int.Parse))
            {
                var r = await ClusterRun.RunAsync(cluster, ledger, stub, n, 10);
                Console.WriteLine($"{n} {r.TurnsPerSecond:0}/s scripts {r.ScriptsPerTurn:0.00} alloc {r.AllocatedPerTurn:0} pause {r.PauseShare:0.000} cpu {r.CpuMsPerTurn:0.000} redis {r.RedisCpuMsPerTurn:0.000} p50 {Measure.Percentile(StubRequest.TurnMs(r.Requests), 50)} calls {r.CallsPerSession} sent {r.SentPerSession} rss {r.RssMb}");
            }
        }

        foreach (var f in await cluster.DescribeAsync())
        {
            Console.WriteLine($"{f.Host} {string.Join(", ", f.Calls.Select(c => $"{c.Key}={c.Value}"))}");
        }

        Console.WriteLine(File.ReadAllText(cluster.Silos[0].Process.Log));
        Directory.Delete(root, true);
        return 0;
    }
}
