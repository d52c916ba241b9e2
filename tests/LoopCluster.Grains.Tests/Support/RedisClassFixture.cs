using LoopCluster.ClusterKit.Redis;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Grains.Tests.Support;

/// <summary>One server for the tests of a class, started by the first.</summary>
public sealed class RedisClassFixture : IAsyncLifetime
{
    private RedisServer? _server;

    public async Task<string> ServerAsync() => (_server ??= await TestRedis.StartDurableAsync()).Endpoint;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _server?.Dispose();
        return Task.CompletedTask;
    }
}
