using System.Globalization;
using LoopCluster.ClusterKit.Redis;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>Three masters of a Redis Cluster: what does not share a slot may not share a script.</summary>
public sealed class RedisClusterFixture : IAsyncLifetime
{
    private static readonly (int First, int Last)[] Slots = [(0, 5460), (5461, 10922), (10923, 16383)];

    private readonly List<RedisServer> _servers = [];

    /// <summary>Skips the test when no server is installed.</summary>
    public string Endpoints
    {
        get
        {
            TestRedis.Require();
            return string.Join(',', _servers.Select(s => s.Endpoint));
        }
    }

    public IReadOnlyList<RedisServer> Servers => _servers;

    public async Task InitializeAsync()
    {
        try
        {
            foreach (var (first, last) in Slots)
            {
                var server = await TestRedis.StartClusterNodeAsync();
                _servers.Add(server);
                await server.CommandAsync(
                    "CLUSTER",
                    "ADDSLOTSRANGE",
                    first.ToString(CultureInfo.InvariantCulture),
                    last.ToString(CultureInfo.InvariantCulture)
                );
            }
        }
        catch (SkipException)
        {
            // Each test says so itself.
            return;
        }

        foreach (var server in _servers.Skip(1))
        {
            await _servers[0]
                .CommandAsync(
                    "CLUSTER",
                    "MEET",
                    "127.0.0.1",
                    server.Port.ToString(CultureInfo.InvariantCulture),
                    server.BusPort.ToString(CultureInfo.InvariantCulture)
                );
        }

        foreach (var server in _servers)
        {
            while (!(await server.CommandAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal))
            {
                await Task.Delay(20);
            }
        }
    }

    public Task DisposeAsync()
    {
        _servers.ForEach(s => s.Dispose());
        return Task.CompletedTask;
    }
}

[CollectionDefinition(Name)]
public sealed class SharedRedisCluster : ICollectionFixture<RedisClusterFixture>
{
    public const string Name = "shared redis cluster";
}
