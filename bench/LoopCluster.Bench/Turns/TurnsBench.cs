using System.Diagnostics;

namespace LoopCluster.Bench.Turns;

/// <summary>
/// The turns workload: sessions at once, each of so many turns of one HTTP model call and one no-op tool, every step durable before the
/// next. Beside it, in the same run: a bare HTTP loop with the same bytes, and the same with one grouped fdatasync a turn.
/// </summary>
internal static class TurnsBench
{
    public static async Task<object> RunAsync(Uri modelUrl, int sessions, int turns, string? directory)
    {
        var root = Path.Combine(directory ?? Path.GetTempPath(), $"loop-bench-{Guid.NewGuid():n}");
        Directory.CreateDirectory(root);
        try
        {
            var bodies = await WarmUpAsync(modelUrl, turns, root);
            var engine = await EngineTurns.RunAsync(modelUrl, sessions, turns, Path.Combine(root, "engine"));
            var rss = Measure.PeakRssMb();
            using var bare = new BareTurns(modelUrl, bodies);
            var bareRate = await TimeAsync(sessions * turns, () => bare.RunAsync(sessions, null));
            await using var file = new GroupedFile(Path.Combine(root, "bare.log"));
            var durableRate = await TimeAsync(sessions * turns, () => bare.RunAsync(sessions, (_, reply) => file.AppendAsync(reply)));
            return new
            {
                turnsPerSecond = Math.Round(engine.TurnsPerSecond, 1),
                bareTurnsPerSecond = Math.Round(bareRate, 1),
                bareDurableTurnsPerSecond = Math.Round(durableRate, 1),
                ratioToBare = Math.Round(engine.TurnsPerSecond / bareRate, 3),
                p50Ms = Measure.Percentile(engine.TurnMs, 50),
                p99Ms = Measure.Percentile(engine.TurnMs, 99),
                cpuMsPerTurn = Math.Round(engine.CpuMsPerTurn, 4),
                allocatedKbPerTurn = Math.Round(engine.KbPerTurn, 1),
                rssMb = rss,
                sessions,
                turns,
                machine = Measure.Machine(),
            };
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>Runs both ways until the JIT has settled; returns the request bodies of one session.</summary>
    private static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> WarmUpAsync(Uri modelUrl, int turns, string root)
    {
        var warm = new EngineTurns.Result(0, 0, 0, [], []);
        for (var i = 0; i < 3; i++)
        {
            warm = await EngineTurns.RunAsync(modelUrl, 100, turns, Path.Combine(root, $"warm{i}"));
        }

        using var bare = new BareTurns(modelUrl, warm.Bodies);
        for (var i = 0; i < 3; i++)
        {
            await bare.RunAsync(100, null);
        }

        return warm.Bodies;
    }

    private static async Task<double> TimeAsync(int turns, Func<Task> run)
    {
        var started = Stopwatch.GetTimestamp();
        await run();
        return turns / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
