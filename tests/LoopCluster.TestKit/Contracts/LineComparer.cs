using LoopCluster.Engine.Ledger;

namespace LoopCluster.TestKit.Contracts;

/// <summary>Lines are equal when address and bytes are.</summary>
public sealed class LineComparer : IEqualityComparer<LedgerLine>
{
    public static readonly LineComparer Instance = new();

    public bool Equals(LedgerLine x, LedgerLine y) =>
        x with { Utf8 = default } == y with { Utf8 = default } && x.Utf8.Span.SequenceEqual(y.Utf8.Span);

    public int GetHashCode(LedgerLine obj) => obj.Hash.GetHashCode();
}
