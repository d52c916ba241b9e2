using LoopCluster.Engine.Budgets;

namespace LoopCluster.Runtime.Ports;

/// <summary>
/// Where the accounts of tenants are kept that all processes of a deployment draw from. Each is a cache of what the ledgers of the tenant's
/// loops say, and is made anew from them where it is not there.
/// </summary>
/// <exception cref="Engine.Errors.InfrastructureException"><c>budget-unavailable</c>, from every member.</exception>
public interface IAccountStore
{
    /// <summary>Other processes drive loops of the same tenants.</summary>
    bool IsShared { get; }

    /// <summary>The account, or null when none is kept.</summary>
    ValueTask<StoredAccount?> ReadAsync(string tenant, CancellationToken cancellationToken);

    /// <summary>Keeps an account; false when another was kept since <paramref name="before"/> was read.</summary>
    /// <param name="before">The stamp of the account that this one was made from; null where there was none.</param>
    ValueTask<bool> TryWriteAsync(string tenant, BudgetAccount account, string? before, CancellationToken cancellationToken);
}

/// <param name="Stamp">Another one with every change.</param>
public sealed record StoredAccount(BudgetAccount Account, string Stamp);
