using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Reports;

/// <summary>The end of an output, where commands say why they failed.</summary>
public static class LastLines
{
    public const int Most = 14;

    /// <summary>Null when there is no output.</summary>
    public static string? Of(OutputText? output)
    {
        var text = (output?.Text ?? output?.Tail)?.ReplaceLineEndings("\n").TrimEnd();
        return string.IsNullOrEmpty(text) ? null : string.Join('\n', text.Split('\n').TakeLast(Most));
    }
}
