namespace LoopCluster.Engine.Ledger;

/// <summary>What a chain needs to know of one line; the spans point into the line.</summary>
public readonly ref struct LedgerLineAddress
{
    /// <summary>The loop id as ASCII, already checked.</summary>
    public ReadOnlySpan<byte> Loop { get; init; }

    public long Seq { get; init; }

    public int Epoch { get; init; }

    public ReadOnlySpan<byte> Type { get; init; }

    /// <summary>The bytes of the <c>data</c> object, not validated beyond its braces.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    public LedgerHash Prev { get; init; }

    public LedgerHash Hash { get; init; }
}
