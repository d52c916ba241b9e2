namespace LoopCluster.Runtime.Policy;

/// <summary>A private key in PEM, from its first line to its last.</summary>
internal static class PrivateKey
{
    public const string Begin = "-----BEGIN ";

    private const int LongestName = 64;
    private const int Longest = 16 * 1024;

    /// <summary>Length of the block that starts here, or 0. A block without an end is taken as long as one can be.</summary>
    public static int Length(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("-----BEGIN "u8))
        {
            return 0;
        }

        var name = text[Begin.Length..Math.Min(text.Length, Begin.Length + LongestName)];
        var kind = name.IndexOf("PRIVATE KEY-----"u8);
        if (kind < 0 || name[..kind].Contains((byte)'\n'))
        {
            return 0;
        }

        var block = text[..Math.Min(text.Length, Longest)];
        var end = block.IndexOf("-----END "u8);
        if (end < 0)
        {
            return block.Length;
        }

        var close = block[(end + 9)..].IndexOf("-----"u8);
        return close is >= 0 and <= LongestName ? end + 9 + close + 5 : end;
    }
}
