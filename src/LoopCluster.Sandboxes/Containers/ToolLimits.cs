namespace LoopCluster.Sandboxes.Containers;

/// <summary>What a tool's container may have. The image may be a tenant's, so its shell is trusted no more than a command.</summary>
internal static class ToolLimits
{
    public const string User = "65532:65532";
    public const string TempMount = "rw,exec,nosuid,nodev,size=67108864,mode=1777";
    public const long Memory = 512L << 20;
    public const long Processes = 64;
}
