using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using LoopCluster.Bench.Cluster.Hosting.Networks;
using LoopCluster.Bench.Cluster.Hosting.Processes;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Bench.Cluster.Hosting.Redis;

/// <summary>A redis-server of its own that keeps every write (<c>appendfsync always</c>) and can be stopped, killed and started again on what it kept.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _directory;
    private readonly int _port;
    private readonly string _password = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private ChildProcess? _process;

    private RedisServer(string directory, NetworkNode node) => (_directory, Node, _port) = (directory, node, node.FreePort());

    public NetworkNode Node { get; }

    /// <summary>As StackExchange.Redis takes it.</summary>
    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"{Node.Address}:{_port},password={_password}");

    public ChildProcess Process => _process ?? throw new InvalidOperationException("Redis was not started");

    /// <summary>Why there can be none on this machine, or null.</summary>
    public static string? Missing() => Tool.IsInstalled("redis-server") ? null : "redis-server is not installed (Debian's package redis-server)";

    public static async Task<RedisServer> StartAsync(string directory, NetworkNode node)
    {
        Directory.CreateDirectory(directory);
        var server = new RedisServer(directory, node);
        await File.WriteAllTextAsync(Path.Combine(directory, "redis.conf"), string.Create(CultureInfo.InvariantCulture, $"""
            bind {node.Address}
            port {server._port}
            requirepass {server._password}
            dir {directory}
            appendonly yes
            appendfsync always
            maxmemory-policy noeviction

            """)).ConfigureAwait(false);
        await server.StartAsync().ConfigureAwait(false);
        return server;
    }

    /// <summary>Starts it again after its end; done when it answers.</summary>
    public async Task StartAsync()
    {
        _process = ChildProcess.Start(Path.Combine(_directory, "redis.log"), Node.Namespace, null, "redis-server", Path.Combine(_directory, "redis.conf"));
        using var limit = new CancellationTokenSource(Patience);
        while (!await AnswersAsync(limit.Token).ConfigureAwait(false))
        {
            if (!_process.IsRunning || limit.IsCancellationRequested)
            {
                throw new InfrastructureException("redis-unavailable", $"redis-server does not start:\n{_process.Tail()}");
            }

            await Task.Delay(20).ConfigureAwait(false);
        }
    }

    /// <summary>Ends it with the signal; its data stays.</summary>
    public async Task StopAsync(Signal signal)
    {
        Process.Send(signal);
        if (!await Process.WaitForExitAsync(Patience).ConfigureAwait(false))
        {
            throw new InfrastructureException("redis-unavailable", $"redis-server does not end:\n{Process.Tail()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>While it loads what it kept it takes connections and refuses commands.</summary>
    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Node.Address, _port, cancellationToken).ConfigureAwait(false);
            await using var stream = client.GetStream();
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"AUTH {_password}\r\nPING\r\n"), cancellationToken).ConfigureAwait(false);
            using var reader = new StreamReader(stream);
            return await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) == "+OK"
                && await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) == "+PONG";
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
