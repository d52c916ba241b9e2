using Docker.DotNet.Models;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Seccomp;

namespace LoopCluster.Sandboxes.EngineApi;

/// <summary>A container's plan as the engine's own words, with the hardening that never varies.</summary>
internal static class CreateParameters
{
    public static string[] Security { get; } = ["no-new-privileges", "seccomp=" + SeccompProfile.Json];

    public static CreateContainerParameters Build(ContainerPlan plan) =>
        new()
        {
            Name = plan.Name,
            Image = plan.Shape.ImageId,
            Hostname = ContainerPlan.HostName,
            User = plan.User,
            WorkingDir = ContainerPlan.WorkingDirectory,
            Entrypoint = [ContainerPlan.WaiterPath],
            Cmd = [.. plan.Arguments],
            Labels = plan.Labels.ToDictionary(),
            AttachStdin = true,
            AttachStdout = true,
            AttachStderr = true,
            OpenStdin = true,
            // The end of the attached connection is the end of standard input.
            StdinOnce = true,
            HostConfig = BuildHost(plan),
        };

    private static HostConfig BuildHost(ContainerPlan plan) =>
        new()
        {
            AutoRemove = true,
            Init = false,
            NetworkMode = "none",
            CapDrop = ["ALL"],
            SecurityOpt = Security,
            Sysctls = plan.KernelSettings.ToDictionary(),
            ReadonlyRootfs = true,
            LogConfig = new LogConfig { Type = "none" },
            Memory = plan.Shape.Limits.Memory,
            MemorySwap = plan.Shape.Limits.Memory,
            NanoCPUs = (long)Math.Round(plan.Shape.Limits.Cpus * 1000) * 1_000_000,
            PidsLimit = plan.Processes,
            ShmSize = plan.SharedMemoryBytes,
            Tmpfs = new Dictionary<string, string> { ["/tmp"] = plan.TempMount },
            Ulimits = [Limit("nofile", plan.OpenFiles), Limit("fsize", plan.FileBytes), Limit("core", 0)],
            Mounts =
            [
                .. plan.Mounts.Select(m => new Mount
                {
                    Type = "bind",
                    Source = m.Source,
                    Target = m.Target,
                    ReadOnly = m.ReadOnly,
                }),
            ],
        };

    private static Ulimit Limit(string name, long value) =>
        new()
        {
            Name = name,
            Soft = value,
            Hard = value,
        };
}
