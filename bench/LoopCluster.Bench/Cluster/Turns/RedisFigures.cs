using System.Globalization;
using LoopCluster.ClusterKit.Redis;
using StackExchange.Redis;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>A redis-server as the clusters of the bench have it, and what it tells of itself.</summary>
internal static class RedisFigures
{
    /// <param name="directory">Where its files go.</param>
    /// <param name="fsync"><c>everysec</c> or <c>always</c>.</param>
    public static Task<RedisServer> StartAsync(string directory, string fsync) =>
        RedisServer.StartAsync(
            new RedisSetup
            {
                Directory = directory,
                Settings = ["--appendonly", "yes", "--appendfsync", fsync, "--maxmemory-policy", "noeviction"],
            }
        );

    public static Task<ConnectionMultiplexer> ConnectAsync(this RedisServer redis)
    {
        var options = ConfigurationOptions.Parse(redis.Configuration);
        options.AllowAdmin = true; // for INFO
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>Commands it carried out since its start, those within scripts among them: how many, and how many were scripts.</summary>
    public static async Task<(long All, long Scripts)> CommandsAsync(this RedisServer redis)
    {
        await using var connection = await redis.ConnectAsync();
        var stats = await connection.GetServers()[0].InfoAsync("commandstats");
        var calls = stats
            .SelectMany(g => g)
            .Select(p => (p.Key, Calls: long.Parse(p.Value.Split(['=', ','])[1], CultureInfo.InvariantCulture)))
            .ToList();
        return (calls.Sum(c => c.Calls), calls.Where(c => c.Key is "cmdstat_evalsha" or "cmdstat_eval").Sum(c => c.Calls));
    }
}
