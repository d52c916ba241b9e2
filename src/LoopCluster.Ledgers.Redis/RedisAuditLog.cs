using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Ledgers.Redis.Audit;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Ledger;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// The audit chains of a deployment: per tenant a list of lines and the address of the last, appended to by every process at once.
/// </summary>
internal sealed class RedisAuditLog(
    RedisConnection connection,
    ReplicaBarrier barrier,
    RedisLedgerInstruments instruments,
    ILoggerFactory loggers,
    TimeProvider? time = null
) : IAuditLog
{
    private readonly ConcurrentDictionary<string, TenantChain> _chains = new(StringComparer.Ordinal);
    private readonly ILogger<TenantChain> _logger = loggers.CreateLogger<TenantChain>();

    private RedisKeys Keys => connection.Keys;

    public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = AuditLine.Render(record);
        var chain = _chains.GetOrAdd(record.Tenant, tenant => new TenantChain(
            tenant,
            connection,
            barrier,
            instruments,
            _logger,
            time ?? TimeProvider.System
        ));
        return new ValueTask(chain.AppendAsync(pending, cancellationToken));
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        string tenant,
        long fromSeq,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        fromSeq = Math.Max(1, fromSeq);
        var record = await connection
            .RunAsync(
                (Keys, tenant),
                static (database, s) => database.StringGetAsync(s.Keys.AuditHead(s.tenant)),
                "reading an audit head",
                cancellationToken
            )
            .ConfigureAwait(false);
        if (record.IsNull)
        {
            yield break;
        }

        if (!HeadRecord.TryReadAddress((byte[])record!, out var last, out var head))
        {
            throw Broken(tenant, 0, "its head was altered");
        }

        if (fromSeq > last)
        {
            yield break;
        }

        var expected = new ChainLink(tenant, AuditLine.Genesis(tenant));
        var pages = new ChainPages(connection, Keys.AuditLog(tenant), Math.Max(1, fromSeq - 1), last);
        await foreach (var (seq, line) in pages.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (
                line is null
                || !AuditLine.TryRead(line, out var shownTenant, out var shown, out var prev, out var hash)
                || !expected.Accepts(shownTenant, shown, seq, prev, hash, line, fromSeq)
                || (seq == last && hash != head)
            )
            {
                throw Broken(tenant, seq, line is null ? "it is gone" : "its bytes are not those that were sealed");
            }

            if (seq >= fromSeq)
            {
                yield return line;
            }
        }
    }

    public async IAsyncEnumerable<string> ListTenantsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tenants = await connection
            .RunAsync(Keys.Tenants, static (database, key) => database.SetMembersAsync(key), "listing tenants", cancellationToken)
            .ConfigureAwait(false);
        var names = tenants.Select(t => (string)t!).Order(StringComparer.Ordinal).ToArray();
        var exist = await connection
            .RunAsync(
                (Keys, names),
                static (database, s) => Task.WhenAll(s.names.Select(n => database.KeyExistsAsync(s.Keys.AuditHead(n)))),
                "listing tenants",
                cancellationToken
            )
            .ConfigureAwait(false);
        for (var i = 0; i < names.Length; i++)
        {
            if (exist[i])
            {
                yield return names[i];
            }
        }
    }

    private LedgerCorruptException Broken(string tenant, long seq, string reason) =>
        new(
            $"The audit chain of tenant '{tenant}' is broken at record {seq}: {reason}. Restore its keys from a backup.",
            Keys.AuditLog(tenant),
            seq
        );
}
