namespace LoopCluster.Workspaces;

/// <summary>Where workspaces live and how much an agent may put into one.</summary>
public sealed class WorkspaceOptions
{
    /// <summary>
    /// Absolute path of the data directory; <c>repos/</c> and <c>work/</c> below it are made with mode 0700. On a local file system.
    /// Default: none, it must be set.
    /// </summary>
    public string Directory { get; set; } = "";

    /// <summary>
    /// New files that one commit takes; more are left out and the model is told. A base with more is refused. Default: 50000.
    /// </summary>
    public int MaxFiles { get; set; } = 50_000;

    /// <summary>
    /// Largest file in bytes that a commit takes; of a larger one the commit keeps the earlier version. Default: 100 MiB.
    /// </summary>
    public long MaxFileBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>New content in bytes that one commit takes. Default: 1 GiB.</summary>
    public long MaxCommitBytes { get; set; } = 1024L * 1024 * 1024;

    /// <summary>Largest unified diff in bytes. Default: 64 MiB.</summary>
    public int MaxDiffBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Git processes at once. Default: 16.</summary>
    public int MaxGitProcesses { get; set; } = 16;

    /// <summary>How long one run of git may take. Default: 2 minutes.</summary>
    public TimeSpan GitTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long fetching a base from a URL may take. Default: 10 minutes.</summary>
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether <c>workspace.git</c> may be a <c>file://</c> URL. Default: false.</summary>
    public bool AllowFileUrls { get; set; }

    /// <summary>
    /// Names of hosts inside that a spec sent over the network may fetch from although they do not resolve to public addresses. Default:
    /// none.
    /// </summary>
    public IReadOnlyList<string> PrivateGitHosts { get; set; } = [];

    /// <summary>Environment variables that fetching from a URL is given. Default: proxies, certificates and the ssh agent.</summary>
    public IReadOnlyList<string> FetchEnvironment { get; set; } =
    [
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
        "no_proxy",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "GIT_SSL_CAINFO",
        "SSH_AUTH_SOCK",
    ];
}
