using LoopCluster.Engine.Budgets;

namespace LoopCluster.Runtime.Admission;

/// <summary>How many loops a tenant may run at once, and what they may spend, as configured now.</summary>
public sealed class TenantLimits(Func<TenantOptions> options)
{
    public static readonly TenantLimits None = new(() => new TenantOptions());

    /// <summary>What all loops of a tenant together may spend.</summary>
    public BudgetCeilings CeilingsOf(string tenant)
    {
        var current = options();
        return (current.Ceilings.TryGetValue(tenant, out var own) ? own : current.Ceiling).ToCeilings();
    }

    /// <summary>0 for no limit.</summary>
    public int Of(string tenant)
    {
        var current = options();
        return current.Limits.TryGetValue(tenant, out var limit) ? limit : current.MaxRunning;
    }
}
