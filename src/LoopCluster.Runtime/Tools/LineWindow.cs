using System.Globalization;
using System.Text;
using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Tools;

/// <summary>
/// Shows lines of a longer text. What is shown always fits into an inline <see cref="OutputText"/>: more would be cut again on its way to
/// the model, which would then chase a blob with every read.
/// </summary>
internal static class LineWindow
{
    /// <summary>Bytes of one result, its header included.</summary>
    public const int Limit = OutputText.InlineLimit;

    private const int HeaderRoom = 256;

    /// <param name="start">First line, from 1. Null: 1.</param>
    /// <param name="end">Last line. Null: as far as it fits.</param>
    /// <param name="longest">Bytes after which a line counts as several; <see cref="int.MaxValue"/> keeps lines as they are and cuts what
    /// does not fit.</param>
    public static ToolResult Show(ReadOnlySpan<byte> content, int? start, int? end, int longest)
    {
        if (content.IsEmpty)
        {
            return ToolSchema.Ok("[empty]");
        }

        if (start is null && end is null && content.Length <= Limit && longest == int.MaxValue)
        {
            return new ToolResult(ToolOutcome.Ok, content.ToArray());
        }

        var first = start ?? 1;
        var last = end ?? int.MaxValue;
        if (last < first)
        {
            return ToolSchema.Error($"'end' ({last}) is before 'start' ({first})");
        }

        var (from, to, shown, total) = Find(content, first, last, longest);
        if (first > total)
        {
            return ToolSchema.Error($"'start' is {first}, but there are only {total} lines");
        }

        var cut = to - from > Limit - HeaderRoom;
        to = cut ? TextCut.Back(content, from + Limit - HeaderRoom) : to;
        return Render(content[from..to], first, shown, total, Math.Min(last, total), cut);
    }

    private static ToolResult Render(ReadOnlySpan<byte> text, int first, int shown, int total, int wanted, bool cut)
    {
        if (first == 1 && shown == total && !cut)
        {
            return new ToolResult(ToolOutcome.Ok, text.ToArray());
        }

        var more = shown < wanted ? string.Create(CultureInfo.InvariantCulture, $"; read on with start: {shown + 1}") : "";
        var rest = cut
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"; line {first} is longer than what is shown of it, cut -c or fold in the shell shows the rest"
            )
            : "";
        var header = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"[lines {first}-{shown} of {total}{more}{rest}]\n")
        );
        return new ToolResult(ToolOutcome.Ok, (byte[])[.. header, .. text]);
    }

    /// <summary>Bytes of the lines that fit, at least one, the last line among them, and how many lines there are.</summary>
    private static (int From, int To, int Shown, int Total) Find(ReadOnlySpan<byte> content, int first, int last, int longest)
    {
        var (from, to, shown, line, position) = (0, 0, 0, 0, 0);
        while (position < content.Length)
        {
            var next = Next(content, position, longest);
            line++;
            if (line == first)
            {
                (from, to, shown) = (position, next, line);
            }
            else if (line > first && line <= last && shown == line - 1 && next - from <= Limit - HeaderRoom)
            {
                (to, shown) = (next, line);
            }

            position = next;
        }

        return (from, to, shown, line);
    }

    private static int Next(ReadOnlySpan<byte> content, int position, int longest)
    {
        var rest = content[position..];
        var newline = rest.IndexOf((byte)'\n');
        var length = newline < 0 ? rest.Length : newline + 1;
        return length <= longest ? position + length : TextCut.Back(content, position + longest);
    }
}
