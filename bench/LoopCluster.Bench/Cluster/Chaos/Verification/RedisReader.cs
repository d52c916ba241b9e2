using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Bench.Cluster.Chaos.Verification;

/// <summary>A deployment's ledgers, audit log and blobs as they are in Redis, read by a process that is none of its silos.</summary>
internal sealed class RedisReader : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="prefix">First part of the deployment's keys; null for the usual one.</param>
    public RedisReader(RedisServer redis, string? prefix = null)
    {
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddRedisLedger(options => (options.Configuration, options.Prefix) = (redis.Configuration, prefix ?? options.Prefix));
        _services = services.BuildServiceProvider();
    }

    public ILoopLedger Ledger => _services.GetRequiredService<ILoopLedger>();

    public IReadModel Reads => _services.GetRequiredService<IReadModel>();

    public IBlobStore Blobs => _services.GetRequiredService<IBlobStore>();

    /// <summary>Every entry of a loop, its chain checked on the way.</summary>
    /// <exception cref="LedgerCorruptException">The chain is broken.</exception>
    public async Task<IReadOnlyList<LedgerEntry>> ReadAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var line in Ledger.ReadAsync(loop, 1, cancellationToken).ConfigureAwait(false))
        {
            entries.Add(LedgerCodec.Read(line));
        }

        return entries;
    }

    /// <summary>Reads every tenant's audit chain to its end; returns how many records there are.</summary>
    /// <exception cref="LedgerCorruptException">A chain is broken.</exception>
    public async Task<long> CheckAuditAsync(CancellationToken cancellationToken)
    {
        var audit = _services.GetRequiredService<IAuditLog>();
        var records = 0L;
        await foreach (var tenant in audit.ListTenantsAsync(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var _ in audit.ReadAsync(tenant, 1, cancellationToken).ConfigureAwait(false))
            {
                records++;
            }
        }

        return records;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
