namespace LoopCluster.Engine.Specs;

/// <summary>Exactly one of <see cref="Path"/>, <see cref="Git"/> and <see cref="Files"/> is set.</summary>
public sealed record WorkspaceSpec
{
    /// <summary>Absolute path of a directory: a git repository (its committed state at <see cref="Ref"/>) or plain files.</summary>
    public string? Path { get; init; }

    /// <summary>URL git can clone.</summary>
    public string? Git { get; init; }

    /// <summary>Branch, tag or commit. Default: <c>HEAD</c>.</summary>
    public string? Ref { get; init; }

    /// <summary>
    /// True when the spec came over the network: <see cref="Git"/> may then reach public addresses only, wherever it is fetched. Null
    /// otherwise.
    /// </summary>
    public bool? PublicOnly { get; init; }

    /// <summary>Inline files, path to text, up to 1 MiB together.</summary>
    public IReadOnlyDictionary<string, string>? Files { get; init; }
}

/// <summary>A command that runs once on the base tree; the new files it leaves are mounted read-only under every call and gate.</summary>
public sealed record PrepareSpec
{
    public required string Run { get; init; }

    /// <summary><c>host:port</c> destinations it may reach. Default: none.</summary>
    public IReadOnlyList<string> Allow { get; init; } = [];

    /// <summary>Default: 10m.</summary>
    public Duration Timeout { get; init; } = Duration.FromMinutes(10);
}

/// <summary>What the change may touch; checked before the gates run. Empty <see cref="Allow"/> means everything.</summary>
public sealed record ChangeLimits
{
    public IReadOnlyList<string> Allow { get; init; } = [];

    public IReadOnlyList<string> Deny { get; init; } = [];

    /// <summary>Files that steer the gates and that the change may touch all the same. Null in loops of an earlier version.</summary>
    public IReadOnlyList<string>? Steer { get; init; }

    public int? MaxFiles { get; init; }

    public int? MaxLines { get; init; }
}
