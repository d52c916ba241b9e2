namespace LoopCluster.Engine.Specs;

/// <summary>Which skills a loop is shown, beside the repository's own and the server's.</summary>
public sealed record SkillsSpec
{
    /// <summary>Folders of skills on this machine, absolute. Default: none.</summary>
    public IReadOnlyList<string> From { get; init; } = [];

    /// <summary>No skill from anywhere is shown. Default: false.</summary>
    public bool None { get; init; }

    /// <summary>Tokens of an attempt's skills together. Default: 4,000, and never more than a sixteenth of the window.</summary>
    public int Tokens { get; init; } = 4000;

    /// <summary>Skills whose body is shown. Default: 3.</summary>
    public int Most { get; init; } = 3;
}
