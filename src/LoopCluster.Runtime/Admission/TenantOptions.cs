namespace LoopCluster.Runtime.Admission;

/// <summary>How many loops of a tenant run at once.</summary>
public sealed class TenantOptions
{
    public const string Section = "LoopCluster:Tenants";

    /// <summary>
    /// Loops of one tenant that run at once; the others wait in the order they were created. 0 means no limit. Default: 0.
    /// </summary>
    public int MaxRunning { get; set; }

    /// <summary>Tenants with a limit of their own, 0 for none. Default: empty.</summary>
    public IDictionary<string, int> Limits { get; } = new Dictionary<string, int>(StringComparer.Ordinal);
}
