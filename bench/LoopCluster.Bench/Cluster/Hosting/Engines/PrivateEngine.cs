using LoopCluster.ClusterKit.Processes;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Bench.Cluster.Hosting.Engines;

/// <summary>
/// A container engine of a run's own, apart from the machine's: its own socket and directories, no bridge, no firewall rule. It may be
/// stopped and killed.
/// </summary>
internal sealed class PrivateEngine : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _directory;
    private ChildProcess? _process;

    private PrivateEngine(string directory) => _directory = directory;

    public string Socket => Path.Combine(_directory, "docker.sock");

    private string ContainerdDirectory => Path.Combine(_directory, "exec", "containerd");

    private string PidFile => Path.Combine(_directory, "pid");

    public ChildProcess Process => _process ?? throw new InvalidOperationException("the engine was not started");

    /// <summary>Why there can be none on this machine, or null.</summary>
    public static string? Missing() =>
        !Environment.IsPrivilegedProcess ? "a container engine of one's own takes root"
        : !Tool.IsInstalled("dockerd") ? "dockerd is not installed"
        : null;

    /// <summary>Starts an engine that has <paramref name="image"/>, copied from the machine's.</summary>
    public static async Task<PrivateEngine> StartAsync(string directory, string image)
    {
        Directory.CreateDirectory(directory);
        var engine = new PrivateEngine(directory);
        await engine.StartAsync().ConfigureAwait(false);
        var file = Path.Combine(directory, "image.tar");
        await Tool.RunAsync("docker", "save", "--output", file, image).ConfigureAwait(false);
        await engine.RunAsync("load", "--input", file).ConfigureAwait(false);
        File.Delete(file);
        return engine;
    }

    /// <summary>Starts it again after its end; done when it answers.</summary>
    public async Task StartAsync()
    {
        // One that was killed leaves pid files, its own and its containerd's; while anything has such a number, a zombie or a thread too,
        // dockerd refuses to start, or waits for a containerd that is none.
        File.Delete(PidFile);
        if (Directory.Exists(ContainerdDirectory))
        {
            File.Delete(Path.Combine(ContainerdDirectory, "containerd.pid"));
        }

        _process = ChildProcess.Start(
            Path.Combine(_directory, "log"),
            null,
            null,
            "dockerd",
            "--host",
            $"unix://{Socket}",
            "--data-root",
            Path.Combine(_directory, "data"),
            "--exec-root",
            Path.Combine(_directory, "exec"),
            "--pidfile",
            PidFile,
            "--bridge=none",
            "--iptables=false"
        );
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await RunAsync("version").ConfigureAwait(false);
                return;
            }
            catch (InfrastructureException e)
            {
                if (!_process.IsRunning || limit.IsCancellationRequested)
                {
                    throw new InfrastructureException("engine-unavailable", $"dockerd does not start:\n{_process.Tail()}", e);
                }

                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Ends it. Containers that run end by their own lease or with the engine's containerd.</summary>
    public async Task StopAsync(Signal signal)
    {
        Process.Send(signal);
        if (!await Process.WaitForExitAsync(Patience).ConfigureAwait(false))
        {
            throw new InfrastructureException("engine-unavailable", $"dockerd does not end:\n{Process.Tail()}");
        }
    }

    public Task<string> RunAsync(params string[] arguments) => Tool.RunAsync("docker", ["--host", $"unix://{Socket}", .. arguments]);

    public async ValueTask DisposeAsync()
    {
        if (Process.IsRunning)
        {
            Process.Send(Signal.Continue);
            await StopAsync(Signal.Terminate).ConfigureAwait(false);
        }

        await Process.DisposeAsync().ConfigureAwait(false);
        await UnmountAsync().ConfigureAwait(false);
    }

    /// <summary>An engine that was killed leaves mounts of its directories on themselves.</summary>
    private async Task UnmountAsync()
    {
        var mounts = File.ReadLines("/proc/self/mounts")
            .Select(line => line.Split(' ')[1])
            .Where(path => path.StartsWith(_directory + "/", StringComparison.Ordinal));
        foreach (var path in mounts.OrderByDescending(path => path.Length).ToArray())
        {
            await Tool.RunAsync("umount", "--lazy", path).ConfigureAwait(false);
        }
    }
}
