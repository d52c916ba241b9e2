using System.Globalization;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes.Cli;

/// <summary>A container's plan as the client's arguments, with the hardening that never varies.</summary>
internal static class RunArguments
{
    public static List<string> Build(ContainerEngine engine, ContainerPlan plan)
    {
        var limits = plan.Shape.Limits;
        List<string> arguments =
        [
            "run",
            "--interactive",
            "--rm",
            "--pull",
            "never",
            "--name",
            plan.Name,
            "--hostname",
            ContainerPlan.HostName,
            "--network",
            "none",
            "--user",
            plan.User,
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
            "--security-opt",
            $"seccomp={plan.SeccompFile}",
            "--read-only",
            "--log-driver",
            "none",
            "--tmpfs",
            $"/tmp:{plan.TempMount}",
            "--memory",
            Text($"{limits.Memory}b"),
            "--memory-swap",
            Text($"{limits.Memory}b"),
            "--cpus",
            Text($"{limits.Cpus:0.###}"),
            "--shm-size",
            Text($"{plan.SharedMemoryBytes}b"),
            "--pids-limit",
            Text($"{plan.Processes}"),
            "--ulimit",
            Text($"nofile={plan.OpenFiles}:{plan.OpenFiles}"),
            "--ulimit",
            Text($"fsize={plan.FileBytes}:{plan.FileBytes}"),
            "--ulimit",
            "core=0:0",
        ];
        foreach (var (label, value) in plan.Labels)
        {
            arguments.AddRange(["--label", $"{label}={value}"]);
        }

        foreach (var (key, value) in plan.KernelSettings)
        {
            arguments.AddRange(["--sysctl", $"{key}={value}"]);
        }

        foreach (var mount in plan.Mounts)
        {
            arguments.AddRange(["--mount", Mount(mount)]);
        }

        if (engine is { Kind: EngineKind.Podman, Rootless: true })
        {
            arguments.AddRange(["--userns", "keep-id"]);
        }

        arguments.AddRange([
            "--workdir",
            ContainerPlan.WorkingDirectory,
            "--entrypoint",
            ContainerPlan.WaiterPath,
            plan.Shape.ImageId,
            .. plan.Arguments,
        ]);
        return arguments;
    }

    // A field of comma-separated values; unlike --volume it takes any path and never makes a missing source.
    private static string Mount(ContainerMount mount) =>
        $"type=bind,{Field("src=" + mount.Source)},{Field("dst=" + mount.Target)}{(mount.ReadOnly ? ",readonly" : "")}";

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
