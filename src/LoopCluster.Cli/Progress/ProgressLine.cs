namespace LoopCluster.Cli.Progress;

/// <summary>What a line of progress means, and so how it is coloured.</summary>
internal enum Tone
{
    /// <summary>Just so that one knows.</summary>
    Quiet,

    Plain,

    /// <summary>A step that begins.</summary>
    Step,

    Good,

    Bad,

    /// <summary>A person is wanted.</summary>
    Ask,
}

/// <param name="Text">One line, fit for a terminal.</param>
internal readonly record struct ProgressLine(Tone Tone, string Text);
