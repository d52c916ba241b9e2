namespace LoopCluster.Runtime.Admission;

/// <summary>How many loops of a tenant run at once, and what they may spend together.</summary>
public sealed class TenantOptions
{
    public const string Section = "LoopCluster:Tenants";

    /// <summary>
    /// Loops of one tenant that run at once; the others wait in the order they were created. 0 means no limit. Default: 0.
    /// </summary>
    public int MaxRunning { get; set; }

    /// <summary>Tenants with a limit of their own, 0 for none. Default: empty.</summary>
    public IDictionary<string, int> Limits { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>What all loops of one tenant may spend on a day and in a month. Default: no ceiling.</summary>
    public CeilingOptions Ceiling { get; } = new();

    /// <summary>Tenants with ceilings of their own, in place of <see cref="Ceiling"/>. Default: empty.</summary>
    public IDictionary<string, CeilingOptions> Ceilings { get; } = new Dictionary<string, CeilingOptions>(StringComparer.Ordinal);
}
