using System.Globalization;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Sandboxes.ContainerCli;

/// <summary>The engine's arguments for one container, hardening included.</summary>
internal static class RunArguments
{
    public const string WaiterPath = "/loopcluster/waiter";
    public const string EgressPath = "/loopcluster/egress";

    // Waiter and relay do not count against what the command may have.
    private const int OwnProcesses = 2;

    public static List<string> Build(
        ContainerEngine engine, ContainerCliOptions options, string user, string waiter, string name, string ownerLabel,
        SandboxOwner owner, SandboxShape shape, DateTimeOffset deadline, string? egressDirectory)
    {
        var limits = shape.Limits;
        var temp = Math.Min(options.TempBytes, limits.Memory / 2);
        List<string> arguments =
        [
            "run", "--interactive", "--rm", "--pull", "never", "--name", name, "--hostname", "sandbox",
            "--network", "none", "--user", user, "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--log-driver", "none",
            "--tmpfs", Text($"/tmp:rw,exec,nosuid,nodev,size={temp},mode=1777"),
            "--memory", Text($"{limits.Memory}b"), "--memory-swap", Text($"{limits.Memory}b"), "--cpus", Text($"{limits.Cpus:0.###}"),
            "--shm-size", Text($"{Math.Min(64L << 20, limits.Memory / 4)}b"), "--pids-limit", Text($"{limits.Pids + OwnProcesses}"),
            "--ulimit", Text($"nofile={options.OpenFiles}:{options.OpenFiles}"), "--ulimit", Text($"fsize={options.FileBytes}:{options.FileBytes}"), "--ulimit", "core=0:0",
            "--label", $"loopcluster.owner={ownerLabel}", "--label", $"loopcluster.loop={owner.Loop.Value}",
            "--label", Text($"loopcluster.epoch={owner.Epoch}"), "--label", $"loopcluster.tenant={owner.Tenant}",
            "--label", Text($"loopcluster.deadline={deadline.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"),
            "--mount", Mount(shape.WorkspaceDirectory, "/workspace", readOnly: false),
            "--mount", Mount(waiter, WaiterPath, readOnly: true),
        ];
        foreach (var path in shape.LayerPaths)
        {
            arguments.AddRange(["--mount", Mount(Path.Combine(shape.LayerDirectory!, path), "/workspace/" + path, readOnly: true)]);
        }

        if (egressDirectory is not null)
        {
            arguments.AddRange(["--mount", Mount(egressDirectory, EgressPath, readOnly: true)]);
        }

        if (engine is { Kind: EngineKind.Podman, Rootless: true })
        {
            arguments.AddRange(["--userns", "keep-id"]);
        }

        arguments.AddRange(
        [
            "--workdir", "/workspace", "--entrypoint", WaiterPath, shape.ImageId,
            Text($"{options.Lease.TotalMilliseconds:0}"), Text($"{options.PreparedFor.TotalMilliseconds:0}"),
        ]);
        if (egressDirectory is not null)
        {
            arguments.Add("egress");
        }

        return arguments;
    }

    // A field of comma-separated values; unlike --volume it takes any path and never makes a missing source.
    private static string Mount(string source, string target, bool readOnly) =>
        $"type=bind,{Field("src=" + source)},{Field("dst=" + target)}{(readOnly ? ",readonly" : "")}";

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
