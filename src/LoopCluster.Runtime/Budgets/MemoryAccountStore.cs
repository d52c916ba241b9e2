using System.Collections.Concurrent;
using System.Globalization;
using LoopCluster.Engine.Budgets;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Budgets;

/// <summary>Accounts of one process that drives all loops of its data directory: made anew from their ledgers when it starts.</summary>
public sealed class MemoryAccountStore : IAccountStore
{
    private readonly ConcurrentDictionary<string, StoredAccount> _accounts = new(StringComparer.Ordinal);
    private long _stamps;

    public bool IsShared => false;

    public ValueTask<StoredAccount?> ReadAsync(string tenant, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_accounts.GetValueOrDefault(tenant));

    public ValueTask<bool> TryWriteAsync(string tenant, BudgetAccount account, string? before, CancellationToken cancellationToken)
    {
        var next = new StoredAccount(account, Interlocked.Increment(ref _stamps).ToString(CultureInfo.InvariantCulture));
        return ValueTask.FromResult(
            before is null
                ? _accounts.TryAdd(tenant, next)
                : _accounts.TryGetValue(tenant, out var current) && current.Stamp == before && _accounts.TryUpdate(tenant, next, current)
        );
    }
}
