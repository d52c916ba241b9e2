using System.Globalization;
using System.Text;

namespace LoopCluster.Cli.Output;

/// <summary>Text of models, tools and repositories on its way to a terminal: it must not be able to move the cursor, hide or reorder what is shown.</summary>
internal static class TerminalText
{
    /// <summary>Control and direction characters become visible; tabs and line ends stay.</summary>
    public static string Clean(string text)
    {
        StringBuilder? clean = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (!IsHarmless(text[i]))
            {
                clean ??= new StringBuilder(text, 0, i, text.Length + 16);
                clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
            else
            {
                clean?.Append(text[i]);
            }
        }

        return clean?.ToString() ?? text;
    }

    /// <summary>One clean line of at most <paramref name="most"/> characters.</summary>
    public static string Line(string text, int most)
    {
        var line = Clean(text.ReplaceLineEndings(" ").Replace('\t', ' ').Trim());
        return line.Length <= most ? line : line[..(most - 1)] + "…";
    }

    /// <summary>The last <paramref name="most"/> lines, clean.</summary>
    public static IEnumerable<string> Tail(string text, int most) => Clean(text).ReplaceLineEndings("\n").TrimEnd().Split('\n').TakeLast(most);

    private static bool IsHarmless(char c) => c is '\n' or '\t' or '\r'
        || (!char.IsControl(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator));
}
