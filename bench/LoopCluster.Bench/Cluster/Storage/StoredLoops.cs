using LoopCluster.Bench.Replay;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Cluster.Storage;

/// <summary>Fills a ledger through its driver, as loops that ran would have.</summary>
internal static class StoredLoops
{
    private const int Parallelism = 256;

    /// <summary>Loops that were started and cancelled: three entries each.</summary>
    public static Task WriteEndedAsync(ILoopLedger ledger, int loops) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, loops),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism },
            async (_, cancellationToken) =>
            {
                var id = LoopStarter.NewId(TimeProvider.System);
                var at = Now();
                var first = LedgerCodec.Seal(id, 1, at, 0, [HistoryWriter.Created(null)], LedgerHash.Genesis(id));
                var state = LoopFold.Begin(LedgerCodec.Read(first));
                await ledger.AppendAsync(first, LoopSummary.Of(state), [], cancellationToken);
                LoopEvent[][] rest =
                [
                    [new DriverStarted(1, "bench")],
                    [new CancelRequested("c", "bench", "stored"), new LoopStopped(LoopStatus.Cancelled, "stored")],
                ];
                foreach (var events in rest)
                {
                    var line = LedgerCodec.Seal(id, state.Seq + 1, at, 1, events, state.Head);
                    state = LoopFold.Apply(state, LedgerCodec.Read(line));
                    await ledger.AppendAsync(line, LoopSummary.Of(state), [], cancellationToken);
                }
            }
        );

    /// <summary>Loops in the middle of their work, on no list, so that nobody but the bench wakes them.</summary>
    public static async Task<IReadOnlyList<string>> WriteLongAsync(ILoopLedger ledger, Uri model, int loops, int entries)
    {
        var ids = new List<string>();
        for (var i = 0; i < loops; i++)
        {
            var id = LoopStarter.NewId(TimeProvider.System);
            await new HistoryWriter(id, model).WriteAsync(ledger, entries);
            ids.Add(id.Value);
        }

        return ids;
    }

    private static DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
}
