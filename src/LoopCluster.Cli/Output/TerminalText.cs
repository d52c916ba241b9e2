using System.Buffers;
using System.Globalization;
using System.Text;
using LoopCluster.Engine.Events;

namespace LoopCluster.Cli.Output;

/// <summary>
/// Text of models, tools and repositories on its way to a terminal: it must not be able to move the cursor, hide or reorder what is shown.
/// </summary>
internal static class TerminalText
{
    /// <summary>Control and direction characters, and halves of surrogate pairs, become visible; tabs and line ends stay.</summary>
    public static string Clean(string text)
    {
        StringBuilder? clean = null;
        for (var i = 0; i < text.Length; )
        {
            var whole = Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var length) == OperationStatus.Done;
            if (whole && (IsHarmless(rune) || (rune.Value == '\r' && i + 1 < text.Length && text[i + 1] == '\n')))
            {
                clean?.Append(text, i, length);
            }
            else
            {
                clean ??= new StringBuilder(text, 0, i, text.Length + 16);
                foreach (var c in text.AsSpan(i, length))
                {
                    clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                }
            }

            i += length;
        }

        return clean?.ToString() ?? text;
    }

    /// <summary>One clean line of at most <paramref name="most"/> characters.</summary>
    public static string Line(string text, int most)
    {
        // A line is short and the text may be a file: what cannot be seen is not looked at. Each character shows as six at most, and white
        // space at the start goes.
        var start = SafeText.Start(text.TrimStart(), most * 2);
        var line = Clean(start.ReplaceLineEndings(" ").Replace('\t', ' ').Trim());
        return line.Length <= most ? line : SafeText.Start(line, most - 1) + "…";
    }

    /// <summary>
    /// Lines of at most <paramref name="width"/> characters, broken between words alone. A word that is longer stays whole, and so does a
    /// quoted command: it is to be pasted.
    /// </summary>
    /// <param name="indent">Blanks before each line but the first.</param>
    public static IEnumerable<string> Wrap(string text, int width, int indent = 0)
    {
        foreach (var paragraph in text.Split('\n'))
        {
            var line = "";
            foreach (var word in Words(paragraph))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > width)
                {
                    yield return line;
                    line = new string(' ', indent) + word;
                }
                else
                {
                    line = line.Length == 0 ? word : $"{line} {word}";
                }
            }

            yield return line;
        }
    }

    /// <summary>Words; the first has the blanks before it, and what stands between quotes is one.</summary>
    private static IEnumerable<string> Words(string line)
    {
        var (start, lead) = (0, line.Length - line.TrimStart(' ').Length);
        for (var at = lead; at <= line.Length; at++)
        {
            if (at == line.Length || line[at] == ' ')
            {
                yield return line[start..at];
                start = at + 1;
            }
            else if (line[at] == '\'' && (at == lead || line[at - 1] is ' ' or '(') && line.IndexOf('\'', at + 1) is > 0 and var end)
            {
                at = end;
            }
        }
    }

    /// <summary>The last <paramref name="most"/> lines, clean.</summary>
    public static IEnumerable<string> Tail(string text, int most) =>
        Clean(text.ReplaceLineEndings("\n")).TrimEnd().Split('\n').TakeLast(most);

    /// <summary>A carriage return alone is none: what follows it would be written over what came before.</summary>
    private static bool IsHarmless(Rune rune) =>
        rune.Value is '\n' or '\t'
        || (
            !Rune.IsControl(rune)
            && Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
        );
}
