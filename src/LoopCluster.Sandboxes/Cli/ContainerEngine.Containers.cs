using System.Globalization;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Ownership;

namespace LoopCluster.Sandboxes.Cli;

/// <summary>What is done with containers, in the client's words.</summary>
internal sealed partial class ContainerEngine
{
    private const string ListFormat =
        "{{.ID}}\t{{.Label \"loopcluster.owner\"}}\t{{.Label \"loopcluster.loop\"}}\t{{.Label \"loopcluster.epoch\"}}\t{{.Label \"loopcluster.deadline\"}}";

    public SandboxContainer Start(ContainerPlan plan, IDisposable? egress) =>
        new ClientContainer(plan, CliRunner.Start(cli, RunArguments.Build(this, plan)), egress);

    public async Task<string?> TryRemoveAsync(string name)
    {
        await RunAsync(["rm", "--force", name], CancellationToken.None).ConfigureAwait(false);
        var look = await RunAsync(["container", "inspect", "--format", "{{.Id}}", name], CancellationToken.None).ConfigureAwait(false);
        return look.ExitCode != 0 && look.Error.Contains("no such container", StringComparison.OrdinalIgnoreCase) ? null : look.Error;
    }

    public async Task<IReadOnlyList<Leftover>> ListAsync(CancellationToken cancellationToken)
    {
        var list = await RunAsync(
                ["ps", "--all", "--no-trunc", "--filter", $"label={ContainerLabels.Owner}", "--format", ListFormat],
                cancellationToken
            )
            .ConfigureAwait(false);
        return list.ExitCode == 0
            ? [.. list.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ReadLine).OfType<Leftover>()]
            : throw SandboxFaults.Unavailable($"Containers could not be listed: {list.Error}");
    }

    public async Task<bool> RanOutOfMemoryAsync(string name, DateTimeOffset since, DateTimeOffset until)
    {
        var events = await RunAsync(
                [
                    "events",
                    "--since",
                    since.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                    "--until",
                    until.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                    "--filter",
                    $"container={name}",
                    "--filter",
                    "event=oom",
                    "--format",
                    "oom",
                ],
                CancellationToken.None
            )
            .ConfigureAwait(false);
        return events.ExitCode == 0 && events.Text.Contains("oom", StringComparison.Ordinal);
    }

    public async Task<ToolRun> RunToolAsync(
        string image,
        string script,
        string seccomp,
        ReadOnlyMemory<byte> input,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        var result = await RunAsync(
                [
                    "run",
                    "-i",
                    "--rm",
                    "--pull",
                    "never",
                    "--network",
                    "none",
                    "--log-driver",
                    "none",
                    "--user",
                    ToolLimits.User,
                    "--cap-drop",
                    "ALL",
                    "--security-opt",
                    "no-new-privileges",
                    "--security-opt",
                    $"seccomp={seccomp}",
                    "--read-only",
                    "--tmpfs",
                    $"/tmp:{ToolLimits.TempMount}",
                    "--memory",
                    $"{ToolLimits.Memory}b",
                    "--memory-swap",
                    $"{ToolLimits.Memory}b",
                    "--pids-limit",
                    $"{ToolLimits.Processes}",
                    "--entrypoint",
                    "/bin/sh",
                    image,
                    "-c",
                    script,
                ],
                cancellationToken,
                timeout,
                input
            )
            .ConfigureAwait(false);
        return new ToolRun(result.Output, result.ExitCode == 0 ? null : result.Error);
    }

    /// <returns>Null for a line that is no container.</returns>
    internal static Leftover? ReadLine(string line)
    {
        var fields = line.Split('\t');
        return fields.Length == 5 ? Leftover.Read(fields[0], label => label switch
                {
                    ContainerLabels.Owner => fields[1],
                    ContainerLabels.Loop => fields[2],
                    ContainerLabels.Epoch => fields[3],
                    _ => fields[4],
                }) : null;
    }
}
