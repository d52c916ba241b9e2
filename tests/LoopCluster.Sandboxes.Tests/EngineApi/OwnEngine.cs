using System.Diagnostics;
using System.Formats.Tar;
using System.Net;
using System.Net.Sockets;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.EngineApi;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Sandboxes.Tests.EngineApi;

/// <summary>
/// A dockerd of these tests' own, with mutual TLS on a port of this host, apart from the machine's in everything it keeps.
/// </summary>
internal sealed class OwnEngine : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("loopcluster-dockerd-");
    private readonly Process _process;
    private readonly Task<string> _log;

    private OwnEngine(Certificates pem)
    {
        Endpoint = new Uri($"tcp://127.0.0.1:{FreePorts.Next()}");
        var info = new ProcessStartInfo("dockerd") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (
            var argument in (string[])
                [
                    "--data-root",
                    In("data"),
                    "--exec-root",
                    In("exec"),
                    "--pidfile",
                    In("pid"),
                    "--host",
                    "unix://" + In("s"),
                    "--host",
                    Endpoint.OriginalString,
                    "--tlsverify",
                    "--tlscacert",
                    pem.AuthorityFile,
                    "--tlscert",
                    pem.ServerFile,
                    "--tlskey",
                    pem.ServerKeyFile,
                    "--bridge=none",
                    "--iptables=false",
                    "--storage-driver=vfs",
                ]
        )
        {
            info.ArgumentList.Add(argument);
        }

        _process = Process.Start(info)!;
        _log = _process.StandardError.ReadToEndAsync();
    }

    public Uri Endpoint { get; }

    /// <summary>Why none can be started here, or null.</summary>
    public static string? ReasonToSkip =>
        !Environment.IsPrivilegedProcess ? "only root starts a dockerd"
        : !File.Exists("/usr/sbin/dockerd") ? "dockerd is not installed"
        : !File.Exists("/bin/busybox") || File.ReadAllBytes("/bin/busybox").AsSpan().IndexOf("/ld-linux"u8) >= 0
            ? "there is no static busybox"
        : null;

    /// <summary>Returns when it answers over TLS.</summary>
    public static async Task<OwnEngine> StartAsync(Certificates pem)
    {
        var engine = new OwnEngine(pem);
        var started = Stopwatch.GetTimestamp();
        var options = new DockerSandboxOptions { Endpoint = engine.Endpoint };
        pem.Configure(options);
        while (true)
        {
            try
            {
                using var connected = await DockerEngine.ConnectAsync(options, default);
                return engine;
            }
            catch (InfrastructureException)
                when (!engine._process.HasExited && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60))
            {
                // A foreign process comes up when it does.
                await Task.Delay(100);
            }
            catch (InfrastructureException) when (engine._process.HasExited)
            {
                var log = await engine._log;
                await engine.DisposeAsync();
                throw new SkipException("dockerd does not start here: " + log[Math.Max(0, log.Length - 500)..]);
            }
        }
    }

    /// <summary>Makes an image of busybox alone.</summary>
    public async Task ImportAsync(string name)
    {
        var tar = In("image.tar");
        await using (var file = File.Create(tar))
        await using (var writer = new TarWriter(file))
        {
            foreach (var directory in (string[])["./", "bin/"])
            {
                await writer.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.Directory, directory) { Mode = (UnixFileMode)Convert.ToInt32("755", 8) }
                );
            }

            var entry = new PaxTarEntry(TarEntryType.RegularFile, "bin/sh") { Mode = (UnixFileMode)Convert.ToInt32("755", 8) };
            await using var busybox = File.OpenRead("/bin/busybox");
            entry.DataStream = busybox;
            await writer.WriteEntryAsync(entry);
        }

        using var import = Process.Start(
            new ProcessStartInfo("docker", ["--host", "unix://" + In("s"), "import", tar, name]) { RedirectStandardOutput = true }
        )!;
        await import.WaitForExitAsync();
        import.ExitCode.ShouldBe(0);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            HarnessProcess.Send(Terminate, _process.Id);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private string In(string name) => Path.Combine(_directory.FullName, name);
}
