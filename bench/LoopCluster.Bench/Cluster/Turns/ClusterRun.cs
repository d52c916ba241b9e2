using System.Diagnostics;
using LoopCluster.Bench.Turns;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>
/// The turns workload once on a cluster: from the first request to start a loop until the ledger says that the last one is done.
/// </summary>
internal static class ClusterRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<ClusterResult> RunAsync(BenchCluster cluster, ClusterLedger ledger, StubServer stub, int sessions, int turns)
    {
        var before = await cluster.DescribeAsync();
        var commands = await cluster.Redis.CommandsAsync();
        await stub.TakeRecordAsync();
        var finished = await stub.CountFinishedAsync() + sessions;
        var (cpu, redis) = (cluster.Cpu(), Measure.Cpu(cluster.Redis.Process.Id));
        var started = Stopwatch.GetTimestamp();
        var loops = await cluster.StartLoopsAsync(stub.Url, sessions, turns);
        await EndAsync(ledger, stub, loops, finished, started);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (cpu, redis) = (cluster.Cpu() - cpu, Measure.Cpu(cluster.Redis.Process.Id) - redis);
        commands = (await cluster.Redis.CommandsAsync()) is var now ? (now.All - commands.All, now.Scripts - commands.Scripts) : default;
        var after = await cluster.DescribeAsync();
        var work = sessions * turns;
        double Risen(Func<SiloFacts, double> figure) => after.Sum(figure) - before.Sum(figure);
        return new ClusterResult(StubRequest.TurnMs(await stub.TakeRecordAsync()), loops)
        {
            TurnsPerSecond = work / seconds,
            CpuMsPerTurn = cpu.TotalMilliseconds / work,
            RedisCpuMsPerTurn = redis.TotalMilliseconds / work,
            ScriptsPerTurn = (double)commands.Scripts / work,
            CallsPerSession = Risen(f => f.Calls.Values.Sum()) / sessions,
            SentPerSession = Risen(f => f.Sent) / sessions,
            AllocatedPerTurn = Risen(f => f.Allocated) / work,
            PauseShare = Risen(f => f.PauseMs) / 1000 / seconds / after.Count,
            RssMb = cluster.RssMb(),
        };
    }

    private static async Task EndAsync(ClusterLedger ledger, StubServer stub, IReadOnlyList<string> loops, int finished, long started)
    {
        while (await stub.CountFinishedAsync() < finished)
        {
            await PauseAsync("answered", started);
        }

        for (var left = loops; (left = await ledger.StillRunningAsync(left)).Count > 0; )
        {
            await PauseAsync($"done: {left[0]}", started);
        }
    }

    private static Task PauseAsync(string what, long started) =>
        Stopwatch.GetElapsedTime(started) < Patience
            ? Task.Delay(3)
            : throw new InvalidOperationException($"after {Patience.TotalMinutes} minutes not all loops are {what}");
}

/// <summary>One run, or the mean of several.</summary>
/// <param name="TurnMs">From a session's request to its next, sorted.</param>
internal sealed record ClusterResult(IReadOnlyList<double> TurnMs, IReadOnlyList<string> Loops)
{
    public double TurnsPerSecond { get; init; }

    /// <summary>Of all silos.</summary>
    public double CpuMsPerTurn { get; init; }

    public double RedisCpuMsPerTurn { get; init; }

    /// <summary>Scripts that Redis ran, refused ones too.</summary>
    public double ScriptsPerTurn { get; init; }

    /// <summary>Calls of the product's grains.</summary>
    public double CallsPerSession { get; init; }

    /// <summary>Messages between processes, also those that have nothing to do with loops.</summary>
    public double SentPerSession { get; init; }

    public double AllocatedPerTurn { get; init; }

    /// <summary>Of the time, in which collections had a silo stopped.</summary>
    public double PauseShare { get; init; }

    public double RssMb { get; init; }

    public static ClusterResult Mean(IReadOnlyList<ClusterResult> all) =>
        new([.. all.SelectMany(r => r.TurnMs).Order()], [.. all.SelectMany(r => r.Loops)])
        {
            TurnsPerSecond = all.Average(r => r.TurnsPerSecond),
            CpuMsPerTurn = all.Average(r => r.CpuMsPerTurn),
            RedisCpuMsPerTurn = all.Average(r => r.RedisCpuMsPerTurn),
            ScriptsPerTurn = all.Average(r => r.ScriptsPerTurn),
            CallsPerSession = all.Average(r => r.CallsPerSession),
            SentPerSession = all.Average(r => r.SentPerSession),
            AllocatedPerTurn = all.Average(r => r.AllocatedPerTurn),
            PauseShare = all.Average(r => r.PauseShare),
            RssMb = all[^1].RssMb,
        };
}
