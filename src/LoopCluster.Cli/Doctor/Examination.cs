using System.Diagnostics;
using System.Globalization;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Sessions;
using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Doctor;

/// <summary>Looks at everything a loop needs on this machine. Starts one container, which is gone afterwards.</summary>
internal sealed class Examination(DataDirectory data, LoopPorts ports)
{
    private const long LittleSpace = 2L << 30;
    private const string Image = "loopcluster/sandbox";

    public async IAsyncEnumerable<Finding> RunAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        yield return new Finding(".NET", Health.Good, System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription);
        yield return await GitAsync(cancellationToken).ConfigureAwait(false);
        foreach (var finding in Directory())
        {
            yield return finding;
        }

        yield return await HolderAsync(cancellationToken).ConfigureAwait(false);
        yield return Space();
        // From here on something is written: the sandbox keeps its state in the directory.
        data.Create();
        var (engine, imageId) = await EngineAsync(cancellationToken).ConfigureAwait(false);
        yield return engine;
        if (imageId is not null)
        {
            await foreach (var finding in new SandboxProbe(ports).RunAsync(imageId, data.Work, cancellationToken).ConfigureAwait(false))
            {
                yield return finding;
            }
        }
    }

    private static async Task<Finding> GitAsync(CancellationToken cancellationToken)
    {
        // Through setsid, as loops start it: git is kept from a terminal to ask on.
        const string Todo = "install git and util-linux, for example: apt-get install git util-linux";
        try
        {
            using var git = Process.Start(
                new ProcessStartInfo("setsid", ["git", "--version"]) { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            var said = (await git.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Trim();
            await git.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return git.ExitCode == 0
                ? new Finding("git", Health.Good, said)
                : new Finding("git", Health.Bad, $"git --version ends with {git.ExitCode}", Todo);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return new Finding("git", Health.Bad, $"does not start: {e.Message}", Todo);
        }
    }

    private IEnumerable<Finding> Directory()
    {
        if (!System.IO.Directory.Exists(data.Root))
        {
            yield return new Finding("data directory", Health.Good, $"{data.Root} does not exist yet; the first run makes it");
            yield break;
        }

        if (Refusal() is { } refusal)
        {
            yield return new Finding(
                "data directory",
                Health.Bad,
                refusal,
                "loops there can be read, not driven: mount it writable, or give another directory with --data"
            );
        }

        var mode = File.GetUnixFileMode(data.Root);
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        yield return mode == Private
            ? new Finding("data directory", Health.Good, $"{data.Root}, closed to other users")
            : new Finding(
                "data directory",
                Health.Weak,
                $"{data.Root} has mode {Convert.ToString((int)mode, 8)}: other users may look into it",
                $"chmod 700 '{data.Root}'"
            );
        var key = Path.Combine(data.Keys, "proof.pem");
        if (File.Exists(key) && (File.GetUnixFileMode(key) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
        {
            yield return new Finding(
                "signing key",
                Health.Bad,
                "others may read keys/proof.pem",
                $"chmod 600 '{key}', and make a new key if they may have"
            );
        }
    }

    /// <summary>Why nothing can be written there; null when it can.</summary>
    private string? Refusal()
    {
        var probe = Path.Combine(data.Root, $".doctor-{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(probe, [1]);
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be written: {e.Message}";
        }
    }

    private async Task<Finding> HolderAsync(CancellationToken cancellationToken)
    {
        await using var holder = await Holder.TryConnectAsync(DirectorySocket.To(data.Root), cancellationToken).ConfigureAwait(false);
        return new Finding(
            "holder",
            Health.Good,
            holder is null ? "no process drives loops here" : "a process drives loops here and answers"
        );
    }

    private Finding Space()
    {
        var path = data.Root;
        while (!System.IO.Directory.Exists(path))
        {
            path = Path.GetDirectoryName(path)!;
        }

        var free = new DriveInfo(path).AvailableFreeSpace;
        var said = string.Create(CultureInfo.InvariantCulture, $"{free / (double)(1L << 30):0.0} GiB free at {path}");
        return free >= LittleSpace
            ? new Finding("disk", Health.Good, said)
            : new Finding("disk", Health.Weak, said, "free some, or give a data directory elsewhere with --data");
    }

    private async Task<(Finding Finding, string? ImageId)> EngineAsync(CancellationToken cancellationToken)
    {
        try
        {
            var id = await ports.Sandbox.ResolveImageAsync(Image, cancellationToken).ConfigureAwait(false);
            var through = await ports.Sandbox.DescribeAsync(cancellationToken).ConfigureAwait(false);
            return (
                new Finding(
                    "container engine",
                    Health.Good,
                    $"answers through {through} and has {Image} ({id[..Math.Min(19, id.Length)]})"
                ),
                id
            );
        }
        catch (InfrastructureException e)
        {
            var todo =
                e.Code == "image-missing"
                    ? "run ./loop doctor from the source tree, which makes the image (eng/sandbox-image/build)"
                    : "install and start one, for example: apt-get install docker.io; and let this user talk to it (usermod -aG docker USER)";
            return (new Finding("container engine", Health.Bad, e.Message, todo), null);
        }
    }
}
