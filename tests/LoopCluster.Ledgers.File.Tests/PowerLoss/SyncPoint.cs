namespace LoopCluster.Ledgers.File.Tests.PowerLoss;

/// <summary>The places where the stores ask for durability. Leaving any of them out must break the promise.</summary>
public enum SyncPoint
{
    /// <summary>No sync is left out.</summary>
    None,

    /// <summary>A group's lines, before it is acknowledged.</summary>
    Segment,

    /// <summary>The name of a new segment, before a line is written to it.</summary>
    SegmentName,

    /// <summary>What a killed process had written, before the next one lets anyone see it.</summary>
    RecoveredSegment,

    /// <summary>The name of a segment a killed process had created, before the next one appends to it.</summary>
    RecoveredSegmentName,

    /// <summary>The names <c>ledger/ audit/ blobs/</c>.</summary>
    Directories,

    /// <summary>A blob's bytes, before its name.</summary>
    Blob,

    /// <summary>A blob's name, before it is acknowledged.</summary>
    BlobName,

    /// <summary>The name of the directory a blob lies in.</summary>
    BlobDirectory,

    /// <summary>The audit copy, before a checkpoint says it need not be made again.</summary>
    AuditCopy,

    /// <summary>The name of the audit copy.</summary>
    AuditCopyName,
}
