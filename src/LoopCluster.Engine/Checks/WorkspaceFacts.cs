namespace LoopCluster.Engine.Checks;

/// <summary>What a base leaves out, and what of the user's directory is not in it. Lists hold the first paths.</summary>
public sealed record WorkspaceFacts
{
    /// <summary>Commit the loop would start from.</summary>
    public required string Commit { get; init; }

    public required int Files { get; init; }

    /// <summary>The user's repository, when the workspace is a local one.</summary>
    public string? Repository { get; init; }

    public bool IsShallow { get; init; }

    public bool IsPartial { get; init; }

    /// <summary>Tracked files that are not as committed, or gone.</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];

    /// <summary>Files and directories that git neither tracks nor ignores.</summary>
    public IReadOnlyList<string> Untracked { get; init; } = [];

    /// <summary>Why the work tree could not be compared with its commit; null when it was, or there is none.</summary>
    public string? NotCompared { get; init; }

    public IReadOnlyList<string> Submodules { get; init; } = [];

    /// <summary>Files whose content is with Git LFS: the base has a pointer of three lines.</summary>
    public IReadOnlyList<string> LfsPointers { get; init; } = [];
}
