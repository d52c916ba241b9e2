using System.Runtime.CompilerServices;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Index;
using LoopCluster.Ledgers.Redis.Ledger;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// Summaries from the heads of the chains, written by the same script as the entry, and lists from <see cref="LoopIndex"/>: both as of the
/// last entry. Records are a key beside them, written a moment later by whoever drives the loop.
/// </summary>
internal sealed class RedisReadModel(RedisConnection connection, LoopIndex index) : IReadModel
{
    private readonly LoopGoals _goals = new(connection);

    private RedisKeys Keys => connection.Keys;

    public async ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var head = await connection
            .RunAsync(
                (Keys, loop),
                static (database, s) => database.StringGetAsync(s.Keys.Head(s.loop)),
                "reading a head",
                cancellationToken
            )
            .ConfigureAwait(false);
        return head.IsNull ? null : HeadRecord.ReadSummary(loop, (byte[])head!);
    }

    public async ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken)
    {
        var page = await index.ListAsync(query, cancellationToken).ConfigureAwait(false);
        return query.Brief ? page : page with { Loops = await _goals.AddAsync(page.Loops, cancellationToken).ConfigureAwait(false) };
    }

    public async ValueTask<LoopRecord?> ReadAsync(LoopId loop, long atLeast, CancellationToken cancellationToken)
    {
        var value = await connection
            .RunAsync(
                (Keys, loop),
                static (database, s) => database.StringGetAsync(s.Keys.Record(s.loop)),
                "reading a record",
                cancellationToken
            )
            .ConfigureAwait(false);
        return StoredRecord.Read((byte[]?)value, atLeast);
    }

    public async IAsyncEnumerable<RecordPlace> ListPlacesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var loop in index.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            var value = await connection
                .RunAsync(
                    (Keys, loop),
                    static (database, s) => database.StringGetRangeAsync(s.Keys.Record(s.loop), 0, StoredRecord.FixedBytes - 1),
                    "reading a record",
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (StoredRecord.PlaceOf(loop, (byte[]?)value) is { } place)
            {
                yield return place;
            }
        }
    }

    public async ValueTask WriteAsync(IReadOnlyList<LoopRecord> records, CancellationToken cancellationToken) =>
        await connection
            .RunAsync(
                (Keys, records),
                static async (database, s) =>
                {
                    await Task.WhenAll(s.records.Select(r => StoredRecord.WriteAsync(database, s.Keys.Record(r.Summary.Id), r)))
                        .ConfigureAwait(false);
                    return true;
                },
                "writing records",
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask RemoveAsync(IReadOnlyList<LoopId> loops, CancellationToken cancellationToken) =>
        await connection
            .RunAsync(
                (Keys, loops),
                static async (database, s) =>
                {
                    await Task.WhenAll(s.loops.Select(l => database.KeyDeleteAsync(s.Keys.Record(l)))).ConfigureAwait(false);
                    return true;
                },
                "removing records",
                cancellationToken
            )
            .ConfigureAwait(false);
}
