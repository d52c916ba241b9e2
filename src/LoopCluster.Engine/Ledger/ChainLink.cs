namespace LoopCluster.Engine.Ledger;

/// <summary>
/// What the next line of a chain must continue. Fed each line that is read, in order, the one before the first wanted included.
/// </summary>
/// <param name="key">Loop id or tenant, ASCII.</param>
/// <param name="genesis">The first <c>prev</c> of the chain.</param>
public sealed class ChainLink(string key, LedgerHash genesis)
{
    private LedgerHash? _prev = genesis;

    /// <summary>
    /// True when the line is entry <paramref name="seq"/> of this chain, continues the line before it and has the hash it claims.
    /// </summary>
    public bool Accepts(
        ReadOnlySpan<byte> shownKey,
        long shownSeq,
        long seq,
        in LedgerHash prev,
        in LedgerHash hash,
        ReadOnlySpan<byte> line,
        long fromSeq
    )
    {
        // The line before the first wanted one is there for its hash alone; what it continues was not read.
        var continues = (seq > 1 && seq < fromSeq) || prev == _prev;
        _prev = hash;
        return continues && shownSeq == seq && System.Text.Ascii.Equals(shownKey, key) && LedgerLineReader.HashMatches(line, prev, hash);
    }
}
