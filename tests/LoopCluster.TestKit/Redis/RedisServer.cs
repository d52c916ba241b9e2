using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace LoopCluster.TestKit.Redis;

/// <summary>
/// A redis-server of its own in a temporary directory, on a free TCP port and a Unix socket. Started again it has the same directory, port and settings.
/// </summary>
public sealed class RedisServer : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly Lazy<string?> Executable = new(Find);

    private readonly string _directory;
    private readonly string[] _settings;
    private Process? _process;

    private RedisServer(string[] settings)
    {
        _directory = Directory.CreateTempSubdirectory("redis-").FullName;
        _settings = settings;
        Port = FreePort();
        Socket = Path.Combine(_directory, "s");
    }

    public int Port { get; }

    /// <summary>Port on which nodes of a cluster talk; 0 for a server that is none.</summary>
    public int BusPort { get; private init; }

    /// <summary>Path of the Unix socket.</summary>
    public string Socket { get; }

    /// <summary>The directory with its files.</summary>
    public string DataDirectory => _directory;

    public int ProcessId => _process?.Id ?? 0;

    /// <summary>The address as a client configuration.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Skips the test with a reason when no redis-server is installed.</summary>
    public static void Require() => Skip.If(Executable.Value is null, "no redis-server is installed (Debian: apt-get install redis-server)");

    /// <summary>Starts one with settings such as <c>"--appendonly", "yes"</c>; without any it keeps nothing on disk.</summary>
    public static Task<RedisServer> StartAsync(params string[] settings)
    {
        Require();
        return StartAsync(new RedisServer(settings));
    }

    /// <summary>A node of a Redis Cluster without slots.</summary>
    public static Task<RedisServer> StartClusterNodeAsync()
    {
        Require();
        var bus = FreePort();
        return StartAsync(new RedisServer(["--cluster-enabled", "yes", "--cluster-port", bus.ToString(CultureInfo.InvariantCulture)]) { BusPort = bus });
    }

    private static async Task<RedisServer> StartAsync(RedisServer server)
    {
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>A server with an append-only file that is synced before each reply.</summary>
    public static Task<RedisServer> StartDurableAsync(params string[] settings) => StartAsync(["--appendonly", "yes", "--appendfsync", "always", .. settings]);

    /// <summary>Starts the stopped server again and waits until it answers and has loaded its files.</summary>
    public async Task StartAgainAsync()
    {
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--unixsocket", Socket, "--unixsocketperm", "700", "--dir", _directory,
            "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", Path.Combine(_directory, "log"), .. _settings,
        ];
        _process = Process.Start(new ProcessStartInfo(Executable.Value!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await WaitUntilReadyAsync();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task StopAsync()
    {
        Signal("TERM");
        await _process!.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP: connections stay, nothing is answered.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>SIGCONT.</summary>
    public void Continue() => Signal("CONT");

    /// <summary>Sends one command over a connection of its own and returns the raw reply's text.</summary>
    public async Task<string> CommandAsync(params string[] command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        using var reader = new StreamReader(client.GetStream());
        var request = string.Concat(command.Select(a => string.Create(CultureInfo.InvariantCulture, $"${a.Length}\r\n{a}\r\n")));
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{command.Length}\r\n{request}")));
        return await ReadReplyAsync(reader);
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(_directory, recursive: true);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string> ReadReplyAsync(StreamReader reader)
    {
        var line = await reader.ReadLineAsync() ?? throw new IOException("the server closed the connection");
        switch (line[0])
        {
            case '$' when line != "$-1":
                var text = new char[int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture) + 2];
                await reader.ReadBlockAsync(text);
                return new string(text, 0, text.Length - 2);
            case '*':
                var items = new List<string>();
                for (var i = 0; i < int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture); i++)
                {
                    items.Add(await ReadReplyAsync(reader));
                }

                return string.Join('\n', items);
            default:
                return line[0] == '-' ? line : line[1..];
        }
    }

    private async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await CommandAsync("PING") is "PONG" || (await CommandAsync("PING")).StartsWith("-NOAUTH", StringComparison.Ordinal))
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or IOException && started.Elapsed < Patience && _process is { HasExited: false })
            {
                // Not listening yet.
                await Task.Delay(10);
                continue;
            }

            if (started.Elapsed >= Patience)
            {
                throw new TimeoutException($"redis-server is not ready after {Patience}: {await File.ReadAllTextAsync(Path.Combine(_directory, "log"))}");
            }

            await Task.Delay(10);
        }
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", ProcessId.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Select(d => Path.Combine(d, "redis-server")).FirstOrDefault(File.Exists);
}
