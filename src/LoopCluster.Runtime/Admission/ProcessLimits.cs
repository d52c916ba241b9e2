namespace LoopCluster.Runtime.Admission;

/// <summary>What one process takes on.</summary>
public sealed class ProcessLimits
{
    public const string Section = "LoopCluster:Limits";

    /// <summary>
    /// Commands and gates that run in containers of this process at once; the others wait in the order they came. 0 means no limit.
    /// Default: 0.
    /// </summary>
    public int SandboxSlots { get; set; }
}
