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

    public static bool HasCrLf(ReadOnlySpan<byte> text) => text.IndexOf("\r\n"u8) >= 0;

    /// <summary>
    /// A whole file's new text with the line ends it had: models write \n, whatever was there. Where the old or the new text mixes both
    /// there is nothing to keep; then it is taken as given, and that is told.
    /// </summary>
    public static (byte[] Content, string Note) AsBefore(ReadOnlySpan<byte> before, byte[] content)
    {
        var (hadCrLf, hadLf) = (HasCrLf(before), HasBareLf(before));
        return (HasCrLf(content), HasBareLf(content)) switch
        {
            (false, true) when hadCrLf && !hadLf => (
                ToCrLf(content),
                ", its CRLF line endings kept (to change them: sed -i 's/\\r$//' FILE)"
            ),
            (false, true) when hadCrLf => (content, "; the file mixed line endings, LF and CRLF, and now has LF only"),
            (true, true) => (content, "; its line endings are now mixed, LF and CRLF"),
            (true, false) when hadLf => (
                content,
                hadCrLf
                    ? "; the file mixed line endings, LF and CRLF, and now has CRLF only"
                    : "; its lines ended with LF and now end with CRLF"
            ),
            _ => (content, ""),
        };
    }

    /// <summary>How the line at <paramref name="at"/> ends; a last line that has no end, as the one before it.</summary>
    public static bool IsCrLfAt(ReadOnlySpan<byte> content, int at)
    {
        var next = content[at..].IndexOf((byte)'\n');
        var end = next >= 0 ? at + next : content[..at].LastIndexOf((byte)'\n');
        return end > 0 && content[end - 1] == '\r';
    }
}
