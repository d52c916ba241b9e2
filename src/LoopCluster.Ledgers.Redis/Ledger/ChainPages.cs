using System.Runtime.CompilerServices;
using LoopCluster.Ledgers.Redis.Connection;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Ledger;

/// <summary>The lines of one list, a page at a time; the next page is asked for while this one is looked at.</summary>
internal sealed class ChainPages(RedisConnection connection, RedisKey log, long firstSeq, long lastSeq)
{
    /// <summary>Every seq from the first to the last; a line that is not there is null and the last one.</summary>
    public async IAsyncEnumerable<(long Seq, byte[]? Line)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = PageAsync(firstSeq, cancellationToken);
        for (var start = firstSeq; start <= lastSeq; start += connection.Options.PageSize)
        {
            var page = await next.ConfigureAwait(false);
            var following = start + connection.Options.PageSize;
            next = following <= lastSeq ? PageAsync(following, cancellationToken) : Task.FromResult<RedisValue[]>([]);
            var count = (int)Math.Min(connection.Options.PageSize, lastSeq - start + 1);
            for (var i = 0; i < count; i++)
            {
                if (i >= page.Length)
                {
                    yield return (start + i, null);
                    yield break;
                }

                yield return (start + i, page[i]);
            }
        }
    }

    private Task<RedisValue[]> PageAsync(long start, CancellationToken cancellationToken)
    {
        var stop = Math.Min(lastSeq, start + connection.Options.PageSize - 1);
        return connection
            .RunAsync(
                (log, start, stop),
                static (database, s) => database.ListRangeAsync(s.log, s.start - 1, s.stop - 1),
                "reading a chain",
                cancellationToken
            )
            .AsTask();
    }
}
