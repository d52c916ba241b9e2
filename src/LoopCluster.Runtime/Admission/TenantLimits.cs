namespace LoopCluster.Runtime.Admission;

/// <summary>How many loops a tenant may run at once, as configured now.</summary>
public sealed class TenantLimits(Func<TenantOptions> options)
{
    public static readonly TenantLimits None = new(() => new TenantOptions());

    /// <summary>0 for no limit.</summary>
    public int Of(string tenant)
    {
        var current = options();
        return current.Limits.TryGetValue(tenant, out var limit) ? limit : current.MaxRunning;
    }
}
