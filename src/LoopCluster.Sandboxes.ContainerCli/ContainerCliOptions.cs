namespace LoopCluster.Sandboxes.ContainerCli;

/// <summary>Bound from <c>LoopCluster:Sandbox</c>.</summary>
public sealed class ContainerCliOptions
{
    public const string Section = "LoopCluster:Sandbox";

    /// <summary>The engine's command line client, a name on the path or a path. Default: the first of <c>docker, podman, nerdctl</c> that answers.</summary>
    public string? Cli { get; set; }

    /// <summary>
    /// A directory that only this installation uses, for example <c>work/sandbox</c> of the data directory. Holds the installation's id (half of the
    /// label <c>loopcluster.owner</c>), the compiled waiter and the sockets of calls with egress. Created when missing. Default: none; must be set.
    /// </summary>
    public string StateDirectory { get; set; } = "";

    /// <summary><c>uid:gid</c> of every command. Default: this process's own; 65532:65532 when this process is root.</summary>
    public string? User { get; set; }

    /// <summary>A container ends by itself when it has not heard of this process for so long. Default: 4 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a prepared container waits for a call. Default: 10 min.</summary>
    public TimeSpan PreparedFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often leftovers of dead owners are looked for. Default: 30 s.</summary>
    public TimeSpan ReapEvery { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of <c>/tmp</c>, which count against the memory limit as well. Default: 512 MiB, or half the memory limit if that is less.</summary>
    public long TempBytes { get; set; } = 512L << 20;

    /// <summary>Bytes of the largest file a command may write. Default: 4 GiB.</summary>
    public long FileBytes { get; set; } = 4L << 30;

    /// <summary>Open files of each process. Default: 4096.</summary>
    public int OpenFiles { get; set; } = 4096;

    /// <summary>Image whose gcc compiles the waiter where the host has no C compiler. Default: <c>loopcluster/sandbox</c>.</summary>
    public string BuilderImage { get; set; } = "loopcluster/sandbox";
}
