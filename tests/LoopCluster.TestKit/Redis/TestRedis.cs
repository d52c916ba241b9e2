using LoopCluster.ClusterKit.Redis;

namespace LoopCluster.TestKit.Redis;

/// <summary>Servers of a test, which is skipped with a reason where no redis-server is installed.</summary>
public static class TestRedis
{
    public static void Require()
    {
        var missing = RedisServer.Missing();
        Skip.If(missing is not null, missing);
    }

    /// <summary>Starts one with settings such as <c>"--appendonly", "yes"</c>; without any it keeps nothing on disk.</summary>
    public static Task<RedisServer> StartAsync(params string[] settings) => StartAsync(new RedisSetup { Settings = settings });

    /// <summary>A server with an append-only file that is synced before each reply.</summary>
    public static Task<RedisServer> StartDurableAsync(params string[] settings) =>
        StartAsync(new RedisSetup { Settings = [.. RedisSetup.Durable, .. settings] });

    /// <summary>A node of a Redis Cluster without slots.</summary>
    public static Task<RedisServer> StartClusterNodeAsync() => StartAsync(new RedisSetup { IsClusterNode = true });

    private static Task<RedisServer> StartAsync(RedisSetup setup)
    {
        Require();
        return RedisServer.StartAsync(setup);
    }
}
