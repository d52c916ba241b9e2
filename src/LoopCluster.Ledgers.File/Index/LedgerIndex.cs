using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Runtime.Audit;

namespace LoopCluster.Ledgers.File.Index;

/// <summary>The chains of a data directory, held in memory; rebuilt from the segments, never the truth.</summary>
internal sealed class LedgerIndex(IFileLayer files, DataPaths paths)
{
    public ChainTable Loops { get; } = new(key => LedgerHash.Genesis(new LoopId(key)));

    public ChainTable Tenants { get; } = new(AuditLine.Genesis);

    /// <summary>Whether the segments are still what it was built from.</summary>
    public SegmentWatch Watch { get; } = new(files, paths);

    /// <summary>Damaged places that no chain could be named for.</summary>
    public List<UnattributedDamage> Unattributed { get; } = [];
}

/// <summary>Bytes that are no whole entry, in a place where only durable entries can be.</summary>
internal sealed record UnattributedDamage(string File, long Offset, string Reason);
