using System.Globalization;
using System.Security.Cryptography;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Sandboxes.Containers;

/// <param name="Source">Directory or file of the host; the engine must never make it.</param>
internal sealed record ContainerMount(string Source, string Target, bool ReadOnly);

/// <summary>
/// Everything about one container that does not depend on how the engine is told. On top of it every driver sets what never varies: no
/// network, all capabilities dropped, no new privileges, our seccomp profile, read-only root, no log, never a pull, removal at its end.
/// </summary>
internal sealed record ContainerPlan
{
    public const string WaiterPath = "/loopcluster/waiter";
    public const string HostName = "sandbox";
    public const string WorkingDirectory = "/workspace";

    private const string EgressPath = "/loopcluster/egress";

    // Waiter and relay do not count against what the command may have.
    private const int OwnProcesses = 2;

    public required string Name { get; init; }

    public required SandboxOwner Owner { get; init; }

    public required SandboxShape Shape { get; init; }

    /// <summary>After this anyone may remove it.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary><c>uid:gid</c>.</summary>
    public required string User { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required IReadOnlyList<ContainerMount> Mounts { get; init; }

    /// <summary>
    /// Path of the seccomp profile, for a client that reads it from a file; its text is <see cref="Seccomp.SeccompProfile.Json"/>.
    /// </summary>
    public required string SeccompFile { get; init; }

    /// <summary>Settings of the kernel for the container's own network namespace, which has nothing but a loopback.</summary>
    public required IReadOnlyDictionary<string, string> KernelSettings { get; init; }

    /// <summary>Arguments of the waiter, which is the entry point.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Mount options of the temporary memory at <c>/tmp</c>.</summary>
    public required string TempMount { get; init; }

    public required long SharedMemoryBytes { get; init; }

    public required long Processes { get; init; }

    public required int OpenFiles { get; init; }

    public required long FileBytes { get; init; }

    /// <param name="egressDirectory">Holds the socket of the container's way out; null when it has none.</param>
    public static ContainerPlan Create(
        SandboxOptions options,
        string user,
        ContainerFiles files,
        string ownerLabel,
        SandboxOwner owner,
        SandboxShape shape,
        DateTimeOffset deadline,
        string? egressDirectory
    )
    {
        var limits = shape.Limits;
        List<ContainerMount> mounts =
        [
            new(shape.WorkspaceDirectory, WorkingDirectory, ReadOnly: false),
            new(files.Waiter, WaiterPath, ReadOnly: true),
            .. files.Machine,
        ];
        List<string> arguments = [Text($"{options.Lease.TotalMilliseconds:0}"), Text($"{options.PreparedFor.TotalMilliseconds:0}")];
        if (egressDirectory is not null)
        {
            mounts.Add(new ContainerMount(egressDirectory, EgressPath, ReadOnly: true));
            arguments.Add("egress");
        }

        return new ContainerPlan
        {
            Name = $"loopcluster-{owner.Loop.Value}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}",
            Owner = owner,
            Shape = shape,
            Deadline = deadline,
            User = user,
            Labels = ContainerLabels.Create(ownerLabel, owner, deadline),
            Mounts = mounts,
            SeccompFile = files.Seccomp,
            KernelSettings = files.KernelSettings,
            Arguments = arguments,
            TempMount = Text($"rw,exec,nosuid,nodev,size={Math.Min(options.TempBytes, limits.Memory / 2)},mode=1777"),
            SharedMemoryBytes = Math.Min(64L << 20, limits.Memory / 4),
            Processes = limits.Pids + OwnProcesses,
            OpenFiles = options.OpenFiles,
            FileBytes = options.FileBytes,
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
