using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Context;

/// <summary>How long one text may be in a request of this window. What is left out is said, with its size and how to read it.</summary>
internal readonly record struct TextLimits(int Most)
{
    public string Show(OutputText output)
    {
        if (output.Text is { } text)
        {
            return Clip(text);
        }

        var ends = (output.Head?.Length ?? 0) + (output.Tail?.Length ?? 0);
        var hint = output.Blob is { } blob ? $"; read on with {ToolNames.ReadOutput} ref={blob.Hash}" : "";
        return Clip($"{output.Head}\n[... {output.Bytes - ends} of {output.Bytes} bytes left out{hint} ...]\n{output.Tail}");
    }

    public string Clip(string text)
    {
        if (text.Length <= Most)
        {
            return text;
        }

        var half = Math.Max(16, Most / 2);
        return half * 2 >= text.Length ? text : $"{text[..Whole(text, half)]}\n[... {text.Length - (2 * half)} characters left out ...]\n{text[Whole(text, text.Length - half)..]}";
    }

    /// <summary>Arguments must stay JSON: too long ones are replaced as a whole.</summary>
    public string ClipArguments(string arguments) =>
        arguments.Length <= Math.Max(Most, 64) * 2L ? arguments : $"{{\"omitted\":\"{arguments.Length} characters of arguments\"}}";

    /// <summary>A cut never parts the two halves of a surrogate pair.</summary>
    private static int Whole(string text, int index) => char.IsLowSurrogate(text[index]) ? index - 1 : index;
}
