namespace LoopCluster.Ledgers.File;

/// <summary>What a verification found.</summary>
/// <param name="Checked">Intact entries.</param>
/// <param name="FirstBad">The first entry that is broken or missing.</param>
/// <param name="TornTail">An interrupted write behind the last entry, which is no fault: nobody was told it had succeeded. The next start
/// cuts it.</param>
public sealed record ChainVerification(bool Ok, long Checked, BadEntry? FirstBad, string? TornTail);

/// <param name="File">Relative to the data directory.</param>
/// <param name="Seq">0 when the bytes no longer tell.</param>
public sealed record BadEntry(string File, long Seq, string Reason);
