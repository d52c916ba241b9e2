using System.Globalization;
using System.Text;

namespace LoopCluster.Runtime.Tools;

/// <summary>Says why a text is not in a file: what comes nearest to it, and how it differs.</summary>
internal static class EditMiss
{
    private const int MostShown = 2000;

    public static string Describe(string path, byte[] content, byte[] old)
    {
        var text = Encoding.UTF8.GetString(content);
        var wanted = Encoding.UTF8.GetString(old);
        var missing = $"'old' does not occur in {path}";
        if (text.Length == 0)
        {
            return $"{missing}: the file is empty";
        }

        if (
            text.Contains('\r', StringComparison.Ordinal)
            && text.ReplaceLineEndings("\n").Contains(wanted.ReplaceLineEndings("\n"), StringComparison.Ordinal)
        )
        {
            return $"{missing} with these line endings: the file has lines that end in \\r\\n, write them so";
        }

        var lines = text.Split('\n');
        var wantedLines = wanted.Trim('\n').Split('\n');
        var (nearest, distance) = Nearest(lines, wantedLines);
        if (nearest < 0)
        {
            return $"{missing}, and nothing like it: read the file first";
        }

        var why = distance == 0 ? "only whitespace differs" : "this comes nearest";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{missing}; {why}, at line {nearest + 1}:\n{Show(lines, nearest, wantedLines.Length)}"
        );
    }

    /// <summary>The window of lines that shares the most lines with the wanted ones, whitespace aside; -1 when it shares none.</summary>
    private static (int Line, int Distance) Nearest(string[] lines, string[] wanted)
    {
        // Bounded work: the first 50 wanted lines against every line, by hash.
        var keys = wanted.Take(50).Select(Squeeze).ToArray();
        var offsets = keys.Select((key, offset) => (key, offset))
            .Where(pair => pair.key.Length > 0)
            .ToLookup(pair => pair.key, pair => pair.offset, StringComparer.Ordinal);
        var votes = new Dictionary<int, int>();
        for (var i = 0; i < lines.Length; i++)
        {
            foreach (var offset in offsets[Squeeze(lines[i])])
            {
                var start = Math.Max(0, i - offset);
                votes[start] = votes.GetValueOrDefault(start) + 1;
            }
        }

        if (votes.Count == 0)
        {
            return (NearestLine(lines, keys.FirstOrDefault(key => key.Length > 0) ?? ""), int.MaxValue);
        }

        var best = votes.OrderByDescending(vote => vote.Value).ThenBy(vote => vote.Key).First();
        return (best.Key, keys.Count(key => key.Length > 0) - best.Value);
    }

    /// <summary>The line with the longest common beginning or end, at least half of the wanted line.</summary>
    private static int NearestLine(string[] lines, string wanted)
    {
        var (best, length) = (-1, wanted.Length / 2);
        for (var i = 0; i < lines.Length && wanted.Length > 0; i++)
        {
            var line = Squeeze(lines[i]);
            var head = line.AsSpan().CommonPrefixLength(wanted);
            var tail = 0;
            while (tail < Math.Min(line.Length, wanted.Length) - head && line[^(tail + 1)] == wanted[^(tail + 1)])
            {
                tail++;
            }

            if (head + tail > length)
            {
                (best, length) = (i, head + tail);
            }
        }

        return best;
    }

    private static string Squeeze(string line) => string.Concat(line.Where(c => !char.IsWhiteSpace(c)));

    private static string Show(string[] lines, int from, int count)
    {
        var first = Math.Max(0, from - 1);
        var shown = string.Join('\n', lines.Skip(first).Take(Math.Min(count, 40) + 2));
        return shown.Length > MostShown ? shown[..(char.IsHighSurrogate(shown[MostShown - 1]) ? MostShown - 1 : MostShown)] : shown;
    }
}
