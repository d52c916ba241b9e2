using System.Text;

namespace LoopCluster.Engine.Gates;

/// <summary>What judges are to see, shared out into parts that fit their windows. Nothing of it is left out.</summary>
/// <param name="Room">Bytes of a request that a part may have.</param>
internal sealed record JudgeMaterial(long Room, IReadOnlyList<string> Parts)
{
    private const int MostHeader = 200;
    private const string FileMark = "diff --git ";

    public static JudgeMaterial Of(string text, long room) => new(room, Split(text, room));

    /// <summary>
    /// Bytes of a text in a JSON request at most: what is not plain ASCII may be escaped, which takes six for each UTF-16 unit.
    /// </summary>
    public static long BytesOf(ReadOnlySpan<char> text)
    {
        long bytes = 0;
        foreach (var c in text)
        {
            bytes += BytesOf(c);
        }

        return bytes;
    }

    private static int BytesOf(char c) =>
        c is '"' or '\\' or '\n' or '\r' or '\t' ? 2
        : c is >= ' ' and <= '~' ? 1
        : 6;

    /// <summary>At line ends where lines fit, and at a file's begin where the file before it ended.</summary>
    private static List<string> Split(string text, long room)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        var (bytes, header) = (0L, "");
        foreach (var piece in Pieces(text, Math.Max(64, room - (6 * MostHeader) - 64)))
        {
            var size = BytesOf(piece.Span);
            if (bytes + size > room && part.Length > 0)
            {
                parts.Add(part.ToString());
                part.Clear();
                var goesOn = header.Length > 0 && !piece.Span.StartsWith(FileMark, StringComparison.Ordinal);
                part.Append(goesOn ? $"[goes on: {header}]\n" : "");
                bytes = BytesOf(part.ToString());
            }

            if (piece.Span.StartsWith(FileMark, StringComparison.Ordinal))
            {
                header = Events.SafeText.Start(piece.ToString().TrimEnd(), MostHeader);
            }

            part.Append(piece.Span);
            bytes += size;
        }

        parts.Add(part.ToString());
        return parts;
    }

    /// <summary>Lines with their ends; one that is longer than <paramref name="most"/> in pieces.</summary>
    private static IEnumerable<ReadOnlyMemory<char>> Pieces(string text, long most)
    {
        for (var at = 0; at < text.Length; )
        {
            var newline = text.IndexOf('\n', at);
            var end = newline < 0 ? text.Length : newline + 1;
            var (to, bytes) = (at, 0L);
            while (to < end && (bytes += BytesOf(text[to])) <= most)
            {
                to++;
            }

            // A cut never parts the two halves of a surrogate pair.
            to = to < end && to - at > 1 && char.IsLowSurrogate(text[to]) ? to - 1 : to;
            yield return text.AsMemory(at, Math.Max(1, to - at));
            at = Math.Max(at + 1, to);
        }
    }
}
