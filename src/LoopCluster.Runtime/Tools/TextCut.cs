namespace LoopCluster.Runtime.Tools;

internal static class TextCut
{
    /// <summary>
    /// The last place up to <paramref name="at"/> where UTF-8 may be cut; <paramref name="at"/> itself in what is no UTF-8.
    /// </summary>
    public static int Back(ReadOnlySpan<byte> utf8, int at)
    {
        if (at >= utf8.Length)
        {
            return utf8.Length;
        }

        for (var back = at; back > at - 4 && back > 0; back--)
        {
            if ((utf8[back] & 0xC0) != 0x80)
            {
                return back;
            }
        }

        return at;
    }

    /// <summary>Git's own rule: a NUL in the first 8,000 bytes.</summary>
    public static bool LooksBinary(ReadOnlySpan<byte> content) => content[..Math.Min(content.Length, 8000)].Contains((byte)0);
}
