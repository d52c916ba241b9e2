using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.Engine.Errors;

namespace LoopCluster.ClusterKit.Redis;

/// <summary>A redis-server of its own. Started again after its end it has the same directory, address and settings.</summary>
public sealed class RedisServer : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RedisSetup _setup;
    private readonly NetworkNode _node;
    private readonly bool _isTemporary;
    private ChildProcess? _process;

    private RedisServer(RedisSetup setup)
    {
        _setup = setup;
        _node = setup.Node ?? LoopbackNetwork.Node("redis");
        _isTemporary = setup.Directory is null;
        DataDirectory = setup.Directory ?? Directory.CreateTempSubdirectory("redis-").FullName;
        Port = _node.FreePort();
        BusPort = setup.IsClusterNode ? _node.FreePort() : 0;
    }

    /// <summary>Where it stands.</summary>
    public NetworkNode Node => _node;

    public int Port { get; }

    /// <summary>Port on which nodes of a cluster talk; 0 for a server that is none.</summary>
    public int BusPort { get; }

    /// <summary>Path of a Unix socket, of a server in a temporary directory: another path may be too long for one.</summary>
    public string Socket =>
        _isTemporary ? Path.Combine(DataDirectory, "s") : throw new InvalidOperationException("this server has no Unix socket");

    /// <summary>The directory with its files.</summary>
    public string DataDirectory { get; }

    public ChildProcess Process => _process ?? throw new InvalidOperationException("Redis was not started");

    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"{_node.Address}:{Port}");

    /// <summary>The address, and the password if there is one, as StackExchange.Redis takes it.</summary>
    public string Configuration => _setup.Password is { } password ? $"{Endpoint},password={password}" : Endpoint;

    /// <summary>Why there can be none on this machine, or null.</summary>
    public static string? Missing() =>
        Tool.IsInstalled("redis-server") ? null : "redis-server is not installed (Debian's package redis-server)";

    /// <exception cref="InfrastructureException"><c>redis-unavailable</c>.</exception>
    public static async Task<RedisServer> StartAsync(RedisSetup setup)
    {
        if (Missing() is { } missing)
        {
            throw new InfrastructureException("redis-unavailable", missing);
        }

        var server = new RedisServer(setup);
        try
        {
            Directory.CreateDirectory(server.DataDirectory);
            await server.StartAgainAsync().ConfigureAwait(false);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Starts it after its end; done when it answers and has loaded its files.</summary>
    public async Task StartAgainAsync()
    {
        string[] arguments =
        [
            "--port",
            Text(Port),
            "--bind",
            _node.Address.ToString(),
            "--dir",
            DataDirectory,
            "--save",
            "",
            "--appendonly",
            "no",
            "--daemonize",
            "no",
            .. _isTemporary ? ["--unixsocket", Socket, "--unixsocketperm", "700"] : Array.Empty<string>(),
            .. _setup.Password is { } password ? ["--requirepass", password] : Array.Empty<string>(),
            .. _setup.IsClusterNode ? ["--cluster-enabled", "yes", "--cluster-port", Text(BusPort)] : Array.Empty<string>(),
            .. _setup.Settings,
        ];
        _process = ChildProcess.Start(
            Path.Combine(DataDirectory, "redis.log"),
            _node.Namespace,
            null,
            Tool.PathOf("redis-server")!,
            arguments
        );
        for (
            var started = Stopwatch.GetTimestamp();
            !await AnswersAsync().ConfigureAwait(false);
            await Task.Delay(10).ConfigureAwait(false)
        )
        {
            if (!_process.IsRunning || Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new InfrastructureException("redis-unavailable", $"redis-server does not start:\n{_process.Tail()}");
            }
        }
    }

    /// <summary>Ends it with the signal; its data stays.</summary>
    public async Task StopAsync(Signal signal = Signal.Terminate)
    {
        Process.Send(signal);
        if (!await Process.WaitForExitAsync(Patience).ConfigureAwait(false))
        {
            throw new InfrastructureException("redis-unavailable", $"redis-server does not end:\n{Process.Tail()}");
        }
    }

    /// <summary>SIGKILL, and the process is gone afterwards.</summary>
    public void Kill() => _process?.Kill();

    /// <summary>Connections stay, nothing is answered.</summary>
    public void Pause() => Process.Send(Signal.Stop);

    public void Continue() => Process.Send(Signal.Continue);

    /// <summary>Sends one command over a connection of its own and returns the raw reply's text.</summary>
    public async Task<string> CommandAsync(params string[] command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_node.Address, Port).ConfigureAwait(false);
        using var reader = new StreamReader(client.GetStream());
        if (_setup.Password is { } password)
        {
            await SendAsync(client.GetStream(), ["AUTH", password]).ConfigureAwait(false);
            _ = await ReadReplyAsync(reader).ConfigureAwait(false);
        }

        await SendAsync(client.GetStream(), command).ConfigureAwait(false);
        return await ReadReplyAsync(reader).ConfigureAwait(false);
    }

    public void Dispose()
    {
        Kill();
        RemoveFiles();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync().ConfigureAwait(false);
        }

        RemoveFiles();
    }

    private void RemoveFiles()
    {
        if (_isTemporary)
        {
            Directory.Delete(DataDirectory, recursive: true);
        }
    }

    /// <summary>
    /// While it loads what it kept it takes connections and refuses commands. One that wants a password which the setup does not have is up
    /// as well.
    /// </summary>
    private async Task<bool> AnswersAsync()
    {
        try
        {
            var reply = await CommandAsync("PING").ConfigureAwait(false);
            return reply == "PONG" || reply.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Not listening yet.
            return false;
        }
    }

    private static async Task SendAsync(NetworkStream stream, string[] command)
    {
        var words = string.Concat(command.Select(a => string.Create(CultureInfo.InvariantCulture, $"${a.Length}\r\n{a}\r\n")));
        await stream
            .WriteAsync(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{command.Length}\r\n{words}")))
            .ConfigureAwait(false);
    }

    private static async Task<string> ReadReplyAsync(StreamReader reader)
    {
        var line = await reader.ReadLineAsync().ConfigureAwait(false) ?? throw new IOException("the server closed the connection");
        switch (line[0])
        {
            case '$' when line != "$-1":
                var text = new char[int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture) + 2];
                await reader.ReadBlockAsync(text).ConfigureAwait(false);
                return new string(text, 0, text.Length - 2);
            case '*':
                var items = new List<string>();
                for (var i = 0; i < int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture); i++)
                {
                    items.Add(await ReadReplyAsync(reader).ConfigureAwait(false));
                }

                return string.Join('\n', items);
            default:
                return line[0] == '-' ? line : line[1..];
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
