using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Ledger;

/// <summary>
/// One sealed ledger entry as ledger drivers see it: the address and the exact bytes. Drivers never parse or re-serialise
/// <see cref="Utf8"/>.
/// </summary>
public readonly record struct LedgerLine(LoopId Loop, long Seq, int Epoch, LedgerHash Prev, LedgerHash Hash, ReadOnlyMemory<byte> Utf8)
{
    /// <summary>Nothing follows it.</summary>
    public bool IsTerminal =>
        Utf8.Span.IndexOf("\"type\":\"loop-verified\""u8) >= 0 || Utf8.Span.IndexOf("\"type\":\"loop-stopped\""u8) >= 0;
}
