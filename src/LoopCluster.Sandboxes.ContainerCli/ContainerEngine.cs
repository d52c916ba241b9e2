using System.ComponentModel;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Sandboxes.ContainerCli;

internal enum EngineKind
{
    /// <summary>docker, or a client that talks like it (nerdctl).</summary>
    Docker,

    /// <summary>Takes the user of a rootless container from the host by <c>--userns=keep-id</c>.</summary>
    Podman,
}

/// <summary>The client that was found to answer.</summary>
internal sealed partial record ContainerEngine(string Cli, EngineKind Kind, bool Rootless)
{
    private static readonly string[] Candidates = ["docker", "podman", "nerdctl"];
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

        throw Unavailable($"No container engine answers ({string.Join("; ", faults)}).");
    }

    public Task<CliResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken, TimeSpan? timeout = null, ReadOnlyMemory<byte> input = default) =>
        CliRunner.RunAsync(Cli, arguments, timeout ?? TimeSpan.FromSeconds(30), cancellationToken, input);

    public async Task<string> ResolveImageAsync(string image, CancellationToken cancellationToken)
    {
        if (!IsImageName(image))
        {
            throw new InfrastructureException("image-missing", $"'{image}' is no image name.");
        }

        var answer = await RunAsync(["image", "inspect", "--format", "{{.Id}}", image], cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode == 0 && answer.Text.Length > 0)
        {
            return answer.Text;
        }

        if (answer.Error.Contains("no such image", StringComparison.OrdinalIgnoreCase) || answer.Error.Contains("image not known", StringComparison.OrdinalIgnoreCase)
            || answer.Error.Contains("no such object", StringComparison.OrdinalIgnoreCase))
        {
            throw new InfrastructureException(
                "image-missing", $"{Cli} has no image '{image}'. Run './loop doctor' for loopcluster/sandbox, or load or pull another one with '{Cli}' first.");
        }

        throw Unavailable($"{Cli} did not answer: {Explain(answer.Error)}.");
    }

    public static InfrastructureException Unavailable(string what, Exception? inner = null) =>
        new("sandbox-unavailable", what + " Run './loop doctor', which says what is missing.", inner);

    public static bool IsImageName(string image) => ImagePattern().IsMatch(image);

    private static async Task<ContainerEngine> DescribeAsync(string cli, CancellationToken cancellationToken)
    {
        // 'docker' may be podman under its neighbour's name.
        var version = await CliRunner.RunAsync(cli, ["--version"], AnswerWithin, cancellationToken).ConfigureAwait(false);
        var kind = version.Text.Contains("podman", StringComparison.OrdinalIgnoreCase) ? EngineKind.Podman : EngineKind.Docker;
        if (Environment.IsPrivilegedProcess)
        {
            return new ContainerEngine(cli, kind, Rootless: false);
        }

        var format = kind == EngineKind.Podman ? "{{.Host.Security.Rootless}}" : "{{.SecurityOptions}}";
        var info = await CliRunner.RunAsync(cli, ["info", "--format", format], AnswerWithin, cancellationToken).ConfigureAwait(false);
        return new ContainerEngine(cli, kind, info.Text.Contains("rootless", StringComparison.Ordinal) || info.Text == "true");
    }

    private static string Explain(string error) =>
        error.Contains("permission denied", StringComparison.OrdinalIgnoreCase)
            ? "this user may not talk to the engine (join its group, for example 'sudo usermod -aG docker $USER', and log in again)"
            : error.Contains("Cannot connect", StringComparison.OrdinalIgnoreCase) || error.Contains("connection refused", StringComparison.OrdinalIgnoreCase)
                ? "installed, but its engine is not running"
                : error.ReplaceLineEndings(" ") is { Length: > 0 } text ? (text.Length > 300 ? text[..300] : text) : "no answer";

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,255}$")]
    private static partial Regex ImagePattern();
}
