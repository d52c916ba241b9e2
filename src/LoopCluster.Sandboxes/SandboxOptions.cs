using LoopCluster.Engine.Specs;

namespace LoopCluster.Sandboxes;

/// <summary>
/// What every container driver is told, bound from <c>LoopCluster:Sandbox</c>. A driver's own settings lie in the same section.
/// </summary>
public abstract class SandboxOptions
{
    public const string Section = "LoopCluster:Sandbox";

    /// <summary>
    /// Which of the drivers built in is used: <c>docker</c> (the Engine API), <c>cli</c> (the client of docker, podman or nerdctl), or
    /// <c>auto</c>, the first of them whose engine answers. Where <c>Endpoint</c>, or a <c>Cli</c> other than docker's, is set, <c>auto</c>
    /// means that driver and tries no other. Default: <c>auto</c>.
    /// </summary>
    public string Driver { get; set; } = "auto";

    /// <summary>
    /// A directory that only this installation uses, for example <c>work/sandbox</c> of the data directory. Holds the installation's id
    /// (half of the label <c>loopcluster.owner</c>), the compiled waiter and the sockets of calls with egress. Created when missing.
    /// Default: none; must be set.
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

    /// <summary>
    /// Bytes of <c>/tmp</c>, which count against the memory limit as well. Default: 512 MiB, or half the memory limit if that is less.
    /// </summary>
    public long TempBytes { get; set; } = 512L << 20;

    /// <summary>Bytes of the largest file a command may write. Default: 4 GiB.</summary>
    public long FileBytes { get; set; } = 4L << 30;

    /// <summary>Open files of each process. Default: 4096.</summary>
    public int OpenFiles { get; set; } = 4096;

    /// <summary>
    /// The most bytes that <c>sandbox.memory</c> of a spec may ask for. A spec that asks for more is refused. Default: 16 GiB.
    /// </summary>
    public long MostMemory { get; set; } = 16L << 30;

    /// <summary>The most that <c>sandbox.cpus</c> of a spec may ask for. Default: 16.</summary>
    public double MostCpus { get; set; } = 16;

    /// <summary>The most that <c>sandbox.pids</c> of a spec may ask for. Default: 4096.</summary>
    public int MostPids { get; set; } = 4096;

    /// <summary>The most that <c>sandbox.timeout</c>, <c>prepare.timeout</c> and a gate's of a spec may ask for. Default: 6 h.</summary>
    public TimeSpan MostTimeout { get; set; } = TimeSpan.FromHours(6);

    internal SandboxCaps Caps =>
        new()
        {
            Memory = MostMemory,
            Cpus = MostCpus,
            Pids = MostPids,
            Timeout = MostTimeout,
        };

    /// <summary>Image whose gcc compiles the waiter where the host has no C compiler. Default: <c>loopcluster/sandbox</c>.</summary>
    public string BuilderImage { get; set; } = "loopcluster/sandbox";
}
