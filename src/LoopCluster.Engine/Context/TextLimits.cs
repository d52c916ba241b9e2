using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Context;

/// <summary>How long one text may be in a request of this window. What is left out is said, with its size and how to read it.</summary>
internal readonly record struct TextLimits(int Most)
{
    private const int Least = 32;

    /// <summary>Nothing is cut down further than it was when it joined.</summary>
    public bool IsUnlimited => Most == int.MaxValue;

    public TextLimits Within(int limit) => new(Math.Min(Most, limit));

    public string Show(OutputText output)
    {
        if (output.Text is { } text)
        {
            return Clip(text);
        }

        var (head, tail) = (output.Head ?? "", output.Tail ?? "");
        var half = Math.Max(Least, Most) / 2;
        head = head.Length <= half ? head : head[..Whole(head, half)];
        tail = tail.Length <= half ? tail : tail[Whole(tail, tail.Length - half)..];
        var ends = System.Text.Encoding.UTF8.GetByteCount(head) + System.Text.Encoding.UTF8.GetByteCount(tail);
        var hint = output.Blob is { } blob ? $"; read on with {ToolNames.ReadOutput} ref={blob.Hash}" : "";
        return $"{head}\n[... {Math.Max(0, output.Bytes - ends)} of {output.Bytes} bytes left out{hint} ...]\n{tail}";
    }

    public string Clip(string text)
    {
        var half = Math.Max(Least, Most) / 2;
        return text.Length <= Math.Max(Least, Most)
            ? text
            : $"{text[..Whole(text, half)]}\n[... {text.Length - (2 * half)} characters left out ...]\n{text[Whole(text, text.Length - half)..]}";
    }

    /// <summary>The beginning of a text, for lists of one line each.</summary>
    public string Start(string text) =>
        text.Length <= Math.Max(Least, Most) ? text : string.Concat(text.AsSpan(0, Whole(text, Math.Max(Least, Most))), "...");

    /// <summary>Bytes of a reply's further fields that are shown whole: beyond that only its texts, clipped.</summary>
    public long MostExtra => Math.Max(Most, 64) * 2L;

    /// <summary>Arguments must stay JSON: too long ones are replaced as a whole.</summary>
    public string ClipArguments(string arguments) =>
        arguments.Length <= Math.Max(Most, 64) * 2L ? arguments : $"{{\"omitted\":\"{arguments.Length} characters of arguments\"}}";

    /// <summary>A cut never parts the two halves of a surrogate pair.</summary>
    private static int Whole(string text, int index) =>
        char.IsLowSurrogate(text[index]) && index > 0 && char.IsHighSurrogate(text[index - 1]) ? index - 1 : index;
}
