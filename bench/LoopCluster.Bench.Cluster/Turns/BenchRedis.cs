using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>A redis-server of its own, set up as a cluster's is, in a directory of its own.</summary>
internal sealed class BenchRedis : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private BenchRedis(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public int Pid => _process.Id;

    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <param name="directory">Where its files go.</param>
    /// <param name="fsync"><c>everysec</c> or <c>always</c>.</param>
    public static async Task<BenchRedis> StartAsync(string directory, string fsync)
    {
        Directory.CreateDirectory(directory);
        var port = FreePort();
        string[] arguments =
        [
            "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", directory, "--logfile", Path.Combine(directory, "redis.log"),
            "--save", "", "--appendonly", "yes", "--appendfsync", fsync, "--maxmemory-policy", "noeviction",
        ];
        var process = Process.Start(new ProcessStartInfo("redis-server", arguments)) ?? throw new InvalidOperationException("redis-server did not start");
        var redis = new BenchRedis(process, port);
        for (var watch = Stopwatch.StartNew(); !await redis.AcceptsAsync(); await Task.Delay(20))
        {
            if (process.HasExited || watch.Elapsed > Patience)
            {
                throw new InvalidOperationException($"redis-server does not answer; its log is {directory}/redis.log");
            }
        }

        return redis;
    }

    public Task<ConnectionMultiplexer> ConnectAsync()
    {
        var options = ConfigurationOptions.Parse(Configuration);
        options.SocketManager = SocketManager.ThreadPool;
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> AcceptsAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
