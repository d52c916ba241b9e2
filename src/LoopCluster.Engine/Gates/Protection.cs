namespace LoopCluster.Engine.Gates;

/// <summary>What the gates of a loop rest on, as it was recognised from their commands and the base when the loop was created.</summary>
public sealed record Protection
{
    /// <summary>What the commands run: <c>unittest, pytest, make, node, go, cargo, dotnet, junit, script</c>.</summary>
    public IReadOnlyList<string> Runners { get; init; } = [];

    /// <summary>Globs. Files of the base that match come from the base; files that the change adds there are welcome.</summary>
    public IReadOnlyList<string> Existing { get; init; } = [];

    /// <summary>Directories in which Python looks for modules, before its own: the root is the empty text.</summary>
    public IReadOnlyList<string> ModuleRoots { get; init; } = [];

    /// <summary>Globs of files that would steer the runners, were they added.</summary>
    public IReadOnlyList<string> Steering { get; init; } = [];

    /// <summary>Files of the base that are protected, and the first 50 of their names.</summary>
    public int Files { get; init; }

    public IReadOnlyList<string> Names { get; init; } = [];
}
