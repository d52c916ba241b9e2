namespace LoopCluster.Grains.Silos;

/// <summary>What one silo takes on.</summary>
public sealed class SiloLimits
{
    public const string Section = "LoopCluster:Silo";

    /// <summary>Commands and gates that run in containers of this silo at once; the others wait in the order they came. 0 means no limit. Default: 0.</summary>
    public int SandboxSlots { get; set; }
}
