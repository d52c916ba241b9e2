namespace LoopCluster.Ledgers.File.Index;

/// <summary>Where one line lies: segment number, offset of its first byte and length without the line feed.</summary>
internal readonly record struct EntryPosition(int Segment, long Offset, int Length)
{
    private const int OffsetBits = 36; // 64 GiB, far above the largest segment the options allow

    public long ToLong() => ((long)Segment << OffsetBits) | Offset;

    public static EntryPosition FromLong(long value, int length) =>
        new((int)(value >> OffsetBits), value & ((1L << OffsetBits) - 1), length);
}
