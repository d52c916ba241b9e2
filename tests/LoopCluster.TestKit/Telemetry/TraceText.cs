using System.Globalization;
using System.Text;

namespace LoopCluster.TestKit.Telemetry;

/// <summary>A trace for people: one span a line, in the order they began.</summary>
public static class TraceText
{
    private const int DurationColumn = 44;

    /// <param name="tags">Names of attributes that are shown.</param>
    public static string Draw(IReadOnlyCollection<ReceivedSpan> spans, params string[] tags)
    {
        var text = new StringBuilder();
        foreach (var root in Below("", spans).Where(s => s.Parent is ""))
        {
            Draw(text, root, spans, "", "", tags);
        }

        return text.ToString();
    }

    private static void Draw(
        StringBuilder text,
        ReceivedSpan span,
        IReadOnlyCollection<ReceivedSpan> spans,
        string before,
        string below,
        string[] tags
    )
    {
        var shown = tags.Where(span.Tags.ContainsKey).Select(t => string.Create(CultureInfo.InvariantCulture, $"{t}={span.Tags[t]}"));
        var duration = string.Create(CultureInfo.InvariantCulture, $"{span.Duration.TotalMilliseconds, 9:0.0} ms");
        text.AppendLine($"{(before + span.Name).PadRight(DurationColumn)}{duration}  {string.Join(' ', shown)}".TrimEnd());
        var children = Below(span.Id, spans).ToArray();
        foreach (var child in children)
        {
            var last = child == children[^1];
            Draw(text, child, spans, below + (last ? "└─ " : "├─ "), below + (last ? "   " : "│  "), tags);
        }
    }

    private static IEnumerable<ReceivedSpan> Below(string parent, IEnumerable<ReceivedSpan> spans) =>
        spans.Where(s => s.Parent == parent).OrderBy(s => s.StartNanos);
}
