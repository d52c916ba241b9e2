namespace LoopCluster.Ledgers.File.Index;

/// <summary>LEB128 of non-negative numbers.</summary>
internal static class VarInt
{
    public const int MaxBytes = 9;

    public static int Write(Span<byte> destination, long value)
    {
        var rest = (ulong)value;
        var i = 0;
        while (rest >= 0x80)
        {
            destination[i++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        destination[i++] = (byte)rest;
        return i;
    }

    public static long Read(ReadOnlySpan<byte> source, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = source[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return (long)value;
            }
        }
    }
}
