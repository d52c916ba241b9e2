namespace LoopCluster.Workspaces.Git;

/// <summary>One run of git. Its directory is always a repository's git directory, never a work tree.</summary>
internal sealed record GitCall(string? Repository, params IReadOnlyList<string> Arguments)
{
    /// <summary>Writes git's input, which is closed after it. Runs on a thread of its own. Default: no input.</summary>
    public Action<Stream>? Feed { get; init; }

    /// <summary>Reads git's output. Default: it is returned, up to <see cref="OutputLimit"/> bytes.</summary>
    public Action<Stream>? Consume { get; init; }

    /// <summary>Instead of the two above, for question and answer: git's input and output in one hand.</summary>
    public Action<Stream, Stream>? Converse { get; init; }

    public int OutputLimit { get; init; } = 256 * 1024 * 1024;

    /// <summary>Transports git may use, as GIT_ALLOW_PROTOCOL. Default: none.</summary>
    public string Protocols { get; init; } = "";

    /// <summary>Object directories to read from besides the repository's own.</summary>
    public string? Alternate { get; init; }

    /// <summary>What it writes is somebody's own repository, so it must survive a power cut. Default: a cache.</summary>
    public bool Durable { get; init; }

    /// <summary>Run as this owner of the repository when the server is root. Default: as the server.</summary>
    public (uint User, uint Group)? As { get; init; }

    /// <summary>Names of environment variables of this process to pass on.</summary>
    public IReadOnlyList<string> PassOn { get; init; } = [];

    /// <summary>The only addresses a host may have, as <c>HOST:PORT:ADDRESS,...</c>. Default: as the system resolves it.</summary>
    public string? Resolve { get; init; }

    public TimeSpan? Timeout { get; init; }
}

/// <param name="Error">The first 8 KiB of standard error.</param>
internal sealed record GitResult(int ExitCode, byte[] Output, string Error)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Output).TrimEnd('\n');
}
