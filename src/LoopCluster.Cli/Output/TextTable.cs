namespace LoopCluster.Cli.Output;

/// <summary>
/// A table of words that fits its width: columns that find no place follow their row, each with its name, and no cell is broken.
/// </summary>
internal static class TextTable
{
    private const string Gap = "  ";

    public static IEnumerable<string> Lines(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, int width)
    {
        var all = rows.Select(r => r.Select(TerminalText.Clean).ToArray()).ToList();
        var widths = columns.Select((name, i) => all.Select(r => r[i].Length).Append(name.Length).Max()).ToArray();
        var fit = 1;
        for (var total = widths[0]; fit < columns.Count && (total += Gap.Length + widths[fit]) <= width; fit++) { }

        yield return Join(columns, widths, fit);
        foreach (var row in all)
        {
            yield return Join(row, widths, fit);
            foreach (var line in Rest(columns, row, fit, width))
            {
                yield return line;
            }
        }
    }

    private static string Join(IReadOnlyList<string> cells, int[] widths, int count) =>
        string.Join(Gap, cells.Take(count).Select((c, i) => c.PadRight(widths[i]))).TrimEnd();

    private static IEnumerable<string> Rest(IReadOnlyList<string> columns, string[] row, int from, int width)
    {
        var line = "";
        for (var i = from; i < row.Length; i++)
        {
            if (row[i].Length == 0)
            {
                continue;
            }

            var cell = Gap + TerminalText.Line($"{columns[i]}: {row[i]}", Math.Max(20, width - Gap.Length));
            if (line.Length > 0 && line.Length + cell.Length > width)
            {
                yield return line;
                line = "";
            }

            line += cell;
        }

        if (line.Length > 0)
        {
            yield return line;
        }
    }
}
