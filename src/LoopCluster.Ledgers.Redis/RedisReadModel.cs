using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Index;
using LoopCluster.Ledgers.Redis.Ledger;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.Redis;

/// <summary>Summaries from the heads of the chains, written by the same script as the entry; lists from <see cref="LoopIndex"/>.</summary>
internal sealed class RedisReadModel(RedisConnection connection, LoopIndex index) : IReadModel
{
    public async ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var head = await connection.RunAsync(
            (connection.Keys, loop), static (database, s) => database.StringGetAsync(s.Keys.Head(s.loop)), "reading a head", cancellationToken).ConfigureAwait(false);
        return head.IsNull ? null : HeadRecord.ReadSummary(loop, (byte[])head!);
    }

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) => index.ListAsync(query, cancellationToken);
}
