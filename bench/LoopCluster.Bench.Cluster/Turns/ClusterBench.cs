using System.Diagnostics;
using System.Text.Json;
using LoopCluster.Bench.Turns;

namespace LoopCluster.Bench.Cluster.Turns;

internal static class ClusterBench
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var root = Path.Combine("/work/wt", $"loop-bench-{Guid.NewGuid():n}");
        Directory.CreateDirectory(root);
        await using var stub = await StubServer.StartAsync(10);
        await using var redis = await BenchRedis.StartAsync(Path.Combine(root, "redis"), arguments.Count > 0 ? arguments[0] : "everysec");
        var engine = await EngineTurns.RunAsync(stub.Url, 100, 10, Path.Combine(root, "warm"));
        await using var connection = await redis.ConnectAsync();
        await using var services = BenchServices.Create(Path.Combine(root, "plain"));
        var bare = new PlainTurns(services.Models, stub.Url, engine.Bodies);
        for (var i = 0; i < 8; i++)
        {
            foreach (var n in new[] { 10, 500, 2000 })
            {
                foreach (var durable in new[] { true, false })
                {
                    var appends = new FencedAppends(connection.GetDatabase(), $"{i}-{n}", n);
                    await stub.TakeRecordAsync();
                    var cpu = Measure.Cpu();
                    var rcpu = Measure.Cpu(redis.Pid);
                    var scpu = Measure.Cpu(stub.Pid);
                    var started = Stopwatch.GetTimestamp();
                    await bare.RunAsync("p", n, durable ? appends.AppendAsync : (_, _) => Task.CompletedTask);
                    var s = Stopwatch.GetElapsedTime(started).TotalSeconds;
                    var t = n * 10.0;
                    var ms = StubRequest.TurnMs(await stub.TakeRecordAsync());
                    Console.WriteLine($"{durable} {n} {t / s:0}/s cpu {(Measure.Cpu() - cpu).TotalMilliseconds / t:0.000} redis {(Measure.Cpu(redis.Pid) - rcpu).TotalMilliseconds / t:0.000} stub {(Measure.Cpu(stub.Pid) - scpu).TotalMilliseconds / t:0.000} p50 {Measure.Percentile(ms, 50)}");
                }
            }
        }

        Directory.Delete(root, true);
        return 0;
    }
}
