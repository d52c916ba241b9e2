namespace LoopCluster.Workspaces.Layers;

/// <summary>What a prepared layer may hold. Each bounds the time and the disk that a prepare command of a stranger can cost.</summary>
internal sealed record LayerLimits
{
    /// <summary>New places in the base's tree; each is looked after on its own in every call.</summary>
    public int Paths { get; init; } = 64;

    /// <summary>Files, links and directories in all.</summary>
    public int Entries { get; init; } = 400_000;

    /// <summary>Bytes in all, as the files' sizes say; a file with several names counts once for each.</summary>
    public long Bytes { get; init; } = 8L << 30;

    /// <summary>From here a file that is mostly holes is refused: what is small on disk there is not small in a pack.</summary>
    public long SparseBytes { get; init; } = 64L << 20;

    public int Depth { get; init; } = 200;

    /// <summary>Linux takes 4,096 with the root's own path and the final NUL.</summary>
    public int PathBytes { get; init; } = 4000;

    /// <summary>From the end of the command to the layer being in the blob store.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(10);
}
