using System.ComponentModel;
using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Containers;

namespace LoopCluster.Sandboxes.Cli;

internal enum EngineKind
{
    /// <summary>docker, or a client that talks like it (nerdctl).</summary>
    Docker,

    /// <summary>Takes the user of a rootless container from the host by <c>--userns=keep-id</c>.</summary>
    Podman,
}

/// <summary>The client that was found to answer.</summary>
internal sealed partial class ContainerEngine(string cli, EngineKind kind, bool rootless) : IContainerEngine
{
    private static readonly string[] Candidates = ["docker", "podman", "nerdctl"];
    private static readonly string[] NoSuchImage = ["no such image", "image not known", "no such object"];
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(15);

    /// <exception cref="InfrastructureException">None is installed or none answers; the message says what to do.</exception>
    public static async Task<ContainerEngine> FindAsync(string? wanted, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        foreach (var cli in wanted is null ? Candidates : [wanted])
        {
            CliResult answer;
            try
            {
                answer = await CliRunner.RunAsync(cli, ["version"], AnswerWithin, cancellationToken).ConfigureAwait(false);
            }
            catch (Win32Exception)
            {
                faults.Add($"{cli}: not installed");
                continue;
            }

            if (answer.ExitCode == 0)
            {
                return await DescribeAsync(cli, cancellationToken).ConfigureAwait(false);
            }

            faults.Add($"{cli}: {Explain(answer.Error)}");
        }

        throw SandboxFaults.Unavailable($"No container engine answers ({string.Join("; ", faults)}).");
    }

    public string Description => $"the client {cli}";

    public EngineKind Kind => kind;

    public bool Rootless => rootless;

    public bool MapsOwnUserToRoot => rootless && kind == EngineKind.Docker;

    public Task<CliResult> RunAsync(
        IEnumerable<string> arguments,
        CancellationToken cancellationToken,
        TimeSpan? timeout = null,
        ReadOnlyMemory<byte> input = default
    ) => CliRunner.RunAsync(cli, arguments, timeout ?? TimeSpan.FromSeconds(30), cancellationToken, input);

    public Task<string> ResolveImageAsync(string image, CancellationToken cancellationToken) =>
        ImageResolution.ResolveAsync(cli, image, name => FindImageAsync(name, cancellationToken));

    public void Dispose()
    {
        // Every client is a process of its own and ends with its container.
    }

    private async Task<FoundImage?> FindImageAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(["image", "inspect", "--format", "{{.Id}}{{range .RepoDigests}} {{.}}{{end}}", name], cancellationToken)
            .ConfigureAwait(false);
        if (answer.ExitCode == 0 && answer.Text.Split(' ') is [{ Length: > 0 } id, .. var digests])
        {
            return new FoundImage(id, digests);
        }

        return NoSuchImage.Any(words => answer.Error.Contains(words, StringComparison.OrdinalIgnoreCase))
            ? null
            : throw SandboxFaults.Unavailable($"{cli} did not answer: {Explain(answer.Error)}.");
    }

    private static async Task<ContainerEngine> DescribeAsync(string cli, CancellationToken cancellationToken)
    {
        // 'docker' may be podman under its neighbour's name.
        var version = await CliRunner.RunAsync(cli, ["--version"], AnswerWithin, cancellationToken).ConfigureAwait(false);
        var kind = version.Text.Contains("podman", StringComparison.OrdinalIgnoreCase) ? EngineKind.Podman : EngineKind.Docker;
        if (Environment.IsPrivilegedProcess)
        {
            return new ContainerEngine(cli, kind, rootless: false);
        }

        var format = kind == EngineKind.Podman ? "{{.Host.Security.Rootless}}" : "{{.SecurityOptions}}";
        var info = await CliRunner.RunAsync(cli, ["info", "--format", format], AnswerWithin, cancellationToken).ConfigureAwait(false);
        return new ContainerEngine(cli, kind, info.Text.Contains("rootless", StringComparison.Ordinal) || info.Text == "true");
    }

    private static string Explain(string error) =>
        error.Contains("permission denied", StringComparison.OrdinalIgnoreCase) ? SandboxFaults.NotAllowed
        : error.Contains("Cannot connect", StringComparison.OrdinalIgnoreCase)
        || error.Contains("connection refused", StringComparison.OrdinalIgnoreCase)
            ? SandboxFaults.NotRunning
        : error.ReplaceLineEndings(" ") is { Length: > 0 } text ? (text.Length > 300 ? text[..300] : text)
        : "no answer";
}
