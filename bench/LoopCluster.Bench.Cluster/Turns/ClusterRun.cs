using System.Diagnostics;
using LoopCluster.Bench.Turns;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>The turns workload once on a cluster: from the first request to start a loop until the ledger says that the last one is done.</summary>
internal static class ClusterRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public sealed record Result(
        double TurnsPerSecond, double CpuMsPerTurn, double RedisCpuMsPerTurn, double P50Ms, double P99Ms, double CallsPerSession, double SentPerSession, IReadOnlyList<string> Loops);

    public static async Task<Result> RunAsync(BenchCluster cluster, ClusterLedger ledger, StubServer stub, int sessions, int turns)
    {
        var before = await cluster.DescribeAsync();
        await stub.TakeRecordAsync();
        var finished = await stub.CountFinishedAsync() + sessions;
        var (cpu, redis) = (cluster.Cpu(), Measure.Cpu(cluster.Redis.Pid));
        var started = Stopwatch.GetTimestamp();
        var loops = await cluster.StartLoopsAsync(stub.Url, sessions, turns);
        await EndAsync(ledger, stub, loops, finished, started);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (cpu, redis) = (cluster.Cpu() - cpu, Measure.Cpu(cluster.Redis.Pid) - redis);
        var after = await cluster.DescribeAsync();
        var work = sessions * turns;
        var record = await stub.TakeRecordAsync();
        if (record.Count != work + sessions)
        {
            throw new InvalidOperationException($"the model was asked {record.Count} times for {work + sessions} turns");
        }

        var times = StubRequest.TurnMs(record);
        return new Result(
            work / seconds, cpu.TotalMilliseconds / work, redis.TotalMilliseconds / work, Measure.Percentile(times, 50), Measure.Percentile(times, 99),
            (double)(after.Sum(Calls) - before.Sum(Calls)) / sessions, (double)(after.Sum(f => f.Sent) - before.Sum(f => f.Sent)) / sessions, loops);
    }

    private static long Calls(SiloFacts facts) => facts.Calls.Values.Sum();

    private static async Task EndAsync(ClusterLedger ledger, StubServer stub, IReadOnlyList<string> loops, int finished, long started)
    {
        while (await stub.CountFinishedAsync() < finished)
        {
            await PauseAsync("answered", started);
        }

        for (var left = loops; (left = await ledger.StillRunningAsync(left)).Count > 0;)
        {
            await PauseAsync($"done: {left[0]}", started);
        }
    }

    private static Task PauseAsync(string what, long started) =>
        Stopwatch.GetElapsedTime(started) < Patience ? Task.Delay(3) : throw new InvalidOperationException($"after {Patience.TotalMinutes} minutes not all loops are {what}");
}
