namespace LoopCluster.Engine.Errors;

/// <summary>A stored chain is broken in the middle. The loop is refused; others go on.</summary>
public sealed class LedgerCorruptException(string message, string? file, long seq) : LoopClusterException("ledger-corrupt", message)
{
    public string? File { get; } = file;

    /// <summary>The first entry that does not fit the chain.</summary>
    public long Seq { get; } = seq;
}
