namespace LoopCluster.Ledgers.File;

/// <summary>What opening a data directory found and did.</summary>
/// <param name="TornFile">Segment whose torn tail was cut, or null.</param>
/// <param name="CutBytes">Length of that tail. No acknowledged entry was in it.</param>
/// <param name="EntriesRead">Entries read because no checkpoint covered them.</param>
/// <param name="FromCheckpoint">False when every segment had to be read.</param>
/// <param name="Damages">Chains that are refused, and broken places that no chain could be named for.</param>
public sealed record LedgerRecovery(
    string? TornFile,
    long CutBytes,
    long EntriesRead,
    bool FromCheckpoint,
    IReadOnlyList<LedgerDamage> Damages
);

/// <param name="Chain">Loop id or tenant; null when the bytes no longer tell.</param>
/// <param name="Seq">First entry that is broken or missing; 0 when unknown.</param>
public sealed record LedgerDamage(string File, string? Chain, long Seq, string Reason);
