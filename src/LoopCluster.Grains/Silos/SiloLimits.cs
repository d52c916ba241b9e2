namespace LoopCluster.Grains.Silos;

/// <summary>What one silo takes on.</summary>
public sealed class SiloLimits
{
    public const string Section = "LoopCluster:Silo";

    /// <summary>How long a silo that was asked to stop may take to park and hand over its loops, in seconds. Default: 30.</summary>
    public int DrainSeconds { get; set; } = 30;

    /// <summary>
    /// For how much of that steps may come to their end; the rest is for cutting off those that do not, and for leaving the cluster.
    /// </summary>
    internal TimeSpan StepPatience => TimeSpan.FromSeconds(DrainSeconds * 0.8);
}
