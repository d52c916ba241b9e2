namespace LoopCluster.Runtime.Tools;

/// <summary>LF and CRLF in bytes of any encoding that keeps ASCII.</summary>
internal static class LineEnds
{
    /// <summary>Every LF that follows no CR becomes CRLF.</summary>
    public static byte[] ToCrLf(ReadOnlySpan<byte> text)
    {
        var all = new List<byte>(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            {
                all.Add((byte)'\r');
            }

            all.Add(text[i]);
        }

        return [.. all];
    }

    public static bool HasBareLf(ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How the line at <paramref name="at"/> ends; a last line that has no end, as the one before it.</summary>
    public static bool IsCrLfAt(ReadOnlySpan<byte> content, int at)
    {
        var next = content[at..].IndexOf((byte)'\n');
        var end = next >= 0 ? at + next : content[..at].LastIndexOf((byte)'\n');
        return end > 0 && content[end - 1] == '\r';
    }
}
