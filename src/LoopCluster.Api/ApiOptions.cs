namespace LoopCluster.Api;

/// <summary>Limits of the HTTP API. Section <c>LoopCluster:Api</c>.</summary>
public sealed class ApiOptions
{
    public const string Section = "LoopCluster:Api";

    /// <summary>Largest request body in bytes; a longer one is refused before it is read. Default: 4 MiB.</summary>
    public int MaxRequestBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Event streams one tenant may have open at once on this node. Default: 100.</summary>
    public int MaxStreamsPerTenant { get; set; } = 100;

    /// <summary>How long an event stream may be silent before a comment shows that it is alive. Default: 15 s.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long each readiness check may take. Default: 2 s.</summary>
    public TimeSpan ReadinessTimeout { get; set; } = TimeSpan.FromSeconds(2);
}
