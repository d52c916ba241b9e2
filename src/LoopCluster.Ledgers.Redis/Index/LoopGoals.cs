using System.Collections.Concurrent;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Index;

/// <summary>
/// What loops shall achieve. The heads, which are written with every entry, do not hold it: it never changes, so it is looked up once in a
/// loop's record or its first entry and remembered.
/// </summary>
internal sealed class LoopGoals(RedisConnection connection)
{
    private const int MostKnown = 4096;
    private const int MostAncestors = 100;

    private readonly ConcurrentDictionary<LoopId, string> _known = new();

    /// <summary>The same loops with their goals; null stays where neither record nor first entry tells one.</summary>
    public async ValueTask<IReadOnlyList<LoopSummary>> AddAsync(IReadOnlyList<LoopSummary> loops, CancellationToken cancellationToken)
    {
        var unknown = loops.Where(l => l.Goal is null && !_known.ContainsKey(l.Id)).Select(l => l.Id).ToArray();
        if (_known.Count + unknown.Length > MostKnown)
        {
            _known.Clear();
        }

        var goals = _known.ToDictionary(g => g.Key, g => g.Value);
        if (unknown.Length > 0)
        {
            var records = await connection
                .RunAsync(
                    (connection.Keys, unknown),
                    static (database, s) => Task.WhenAll(s.unknown.Select(l => database.StringGetAsync(s.Keys.Record(l)))),
                    "reading records",
                    cancellationToken
                )
                .ConfigureAwait(false);
            // All at once: they share a round trip.
            var found = await Task.WhenAll(
                    unknown.Select(
                        (loop, i) =>
                            StoredRecord.Read((byte[]?)records[i], 0)?.Summary.Goal is { } kept
                                ? Task.FromResult<string?>(kept)
                                : FirstAsync(loop, cancellationToken).AsTask()
                    )
                )
                .ConfigureAwait(false);
            for (var i = 0; i < unknown.Length; i++)
            {
                if (found[i] is { } goal)
                {
                    goals[unknown[i]] = _known[unknown[i]] = goal;
                }
            }
        }

        return [.. loops.Select(l => l.Goal is null && goals.TryGetValue(l.Id, out var goal) ? l with { Goal = goal } : l)];
    }

    /// <summary>As the first entry tells it: of a fork its first ancestor's.</summary>
    private async ValueTask<string?> FirstAsync(LoopId loop, CancellationToken cancellationToken)
    {
        for (var generation = 0; generation < MostAncestors; generation++)
        {
            var line = (byte[]?)
                await connection
                    .RunAsync(
                        (connection.Keys, loop),
                        static (database, s) => database.ListGetByIndexAsync(s.Keys.Log(s.loop), 0),
                        "reading a first entry",
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            switch (EventOf(loop, line))
            {
                case LoopCreated created:
                    return created.Spec.Goal;
                case LoopForked forked:
                    loop = forked.Parent;
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static LoopEvent? EventOf(LoopId loop, byte[]? line)
    {
        try
        {
            return line is not null && LedgerLineReader.TryRead(line, out var address)
                ? LedgerCodec.Read(new LedgerLine(loop, address.Seq, address.Epoch, address.Prev, address.Hash, line)).Events[0]
                : null;
        }
        catch (LedgerCorruptException)
        {
            // A list tells what it can; whoever reads the loop is told what is wrong.
            return null;
        }
    }
}
