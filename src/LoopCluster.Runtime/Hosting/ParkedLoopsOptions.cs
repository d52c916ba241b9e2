namespace LoopCluster.Runtime.Hosting;

/// <summary>How a process that serves loops tries parked ones again.</summary>
public sealed class ParkedLoopsOptions
{
    public const string Section = "LoopCluster:Parked";

    /// <summary>Time after which a parked loop is tried again. Default: 10 min.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Time between two looks at the loops. Default: 30 s.</summary>
    public TimeSpan Look { get; set; } = TimeSpan.FromSeconds(30);
}
