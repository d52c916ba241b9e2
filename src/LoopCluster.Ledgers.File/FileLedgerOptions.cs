namespace LoopCluster.Ledgers.File;

/// <summary>Where and how ledger, audit and blobs are kept on disk. Section <c>LoopCluster:FileLedger</c>.</summary>
public sealed class FileLedgerOptions
{
    public const string Section = "LoopCluster:FileLedger";

    /// <summary>
    /// The data directory; <c>ledger/ audit/ blobs/</c> are made in it. Default: <c>.loopcluster</c> in the working directory.
    /// </summary>
    public string Directory { get; set; } = ".loopcluster";

    /// <summary>A segment file that has reached this many bytes is not appended to any more. Default: 64 MiB.</summary>
    public long SegmentBytes { get; set; } = 64L << 20;
}
