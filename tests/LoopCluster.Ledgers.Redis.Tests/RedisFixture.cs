using LoopCluster.ClusterKit.Redis;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>One server for tests that do it no harm; their loops, tenants and prefixes are their own.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private RedisServer? _server;

    /// <summary>Skips the test when no server is installed.</summary>
    public RedisServer Server
    {
        get
        {
            TestRedis.Require();
            return _server!;
        }
    }

    public async Task InitializeAsync()
    {
        try
        {
            _server = await TestRedis.StartAsync();
        }
        catch (SkipException)
        {
            // Each test says so itself.
            _server = null;
        }
    }

    public Task DisposeAsync()
    {
        _server?.Dispose();
        return Task.CompletedTask;
    }
}

[CollectionDefinition(Name)]
public sealed class SharedRedis : ICollectionFixture<RedisFixture>
{
    public const string Name = "shared redis";
}
