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
        options.AllowAdmin = true; // for INFO
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>Commands it carried out since its start, those within scripts among them: how many, and how many were scripts.</summary>
    public async Task<(long All, long Scripts)> CommandsAsync()
    {
        await using var connection = await ConnectAsync();
        var stats = await connection.GetServers()[0].InfoAsync("commandstats");
        var calls = stats.SelectMany(g => g).Select(p => (p.Key, Calls: long.Parse(p.Value.Split(['=', ','])[1], CultureInfo.InvariantCulture))).ToList();
        return (calls.Sum(c => c.Calls), calls.Where(c => c.Key is "cmdstat_evalsha" or "cmdstat_eval").Sum(c => c.Calls));
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
