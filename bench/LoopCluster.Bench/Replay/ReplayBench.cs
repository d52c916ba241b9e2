using System.Diagnostics;
using LoopCluster.Bench.Turns;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;

namespace LoopCluster.Bench.Replay;

/// <summary>Loading and folding a long ledger, what an idle loop holds, and a step's cost early and late in a loop.</summary>
internal static class ReplayBench
{
    private const int Rounds = 15;
    private const int IdleLoops = 20_000;

    public static async Task<object> RunAsync(int events)
    {
        var root = Path.Combine(Path.GetTempPath(), $"loop-bench-{Guid.NewGuid():n}");
        try
        {
            await using var services = BenchServices.Create(root);
            var loop = new LoopId("long");
            var writer = new HistoryWriter(loop);
            var early = await writer.WriteAsync(services.Ledger, 200);
            await writer.WriteAsync(services.Ledger, events - 400);
            var late = await writer.WriteAsync(services.Ledger, 200);
            var loader = new LoopLoader(services.Ledger);
            var times = new List<double>();
            for (var i = 0; i < Rounds; i++)
            {
                var started = Stopwatch.GetTimestamp();
                var state = await loader.LoadAsync(loop, default);
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                if (state?.Seq != events)
                {
                    throw new InvalidOperationException($"{state?.Seq} of {events} entries were read");
                }
            }

            var idle = await IdleBytesAsync(services);
            times.Sort();
            return new
            {
                events,
                loadMs = Measure.Percentile(times, 50),
                loadP99Ms = Measure.Percentile(times, 99),
                idleBytesPerLoop = idle,
                stepMicrosecondsEarly = Math.Round(early, 1),
                stepMicrosecondsLate = Math.Round(late, 1),
                machine = Measure.Machine(),
            };
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>What the process holds for a loop that is stored and not driven.</summary>
    private static async Task<long> IdleBytesAsync(BenchServices services)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var first = new DriverStarted(1, "bench");
        await Task.WhenAll(
            Enumerable
                .Range(0, IdleLoops)
                .Select(async i =>
                {
                    var loop = new LoopId($"idle-{i}");
                    var prev = LedgerHash.Genesis(loop);
                    for (var seq = 1; seq <= 10; seq++)
                    {
                        var line = LedgerCodec.Seal(loop, seq, DateTimeOffset.UnixEpoch, 1, [first], prev);
                        prev = line.Hash;
                        await services.Ledger.AppendAsync(line, null, [], default);
                    }
                })
        );
        return (GC.GetTotalMemory(forceFullCollection: true) - before) / IdleLoops;
    }
}
