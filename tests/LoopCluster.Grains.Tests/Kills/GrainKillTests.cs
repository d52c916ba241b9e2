using LoopCluster.FaultTests.KillMatrix;
using LoopCluster.FaultTests.Support;
using LoopCluster.Grains.Tests.Support;
using Xunit.Abstractions;

namespace LoopCluster.Grains.Tests.Kills;

/// <summary>The kills of the local host, on a silo: its process dies, its disk is lost, and the next silo takes the loop up from Redis.</summary>
[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainKillMatrixTests(ITestOutputHelper output, RedisClassFixture redis) : KillMatrixTests(output), IClassFixture<RedisClassFixture>
{
    protected override int Sample => 4;

    protected override int ContainerSample => 2;

    private protected override async ValueTask<FaultTarget> OpenAsync() => await redis.TargetAsync();
}

internal static class GrainTarget
{
    public static async ValueTask<FaultTarget> TargetAsync(this RedisClassFixture redis)
    {
        var server = await redis.ServerAsync();
        return new FaultTarget("loop-faulthost-cluster.dll", () => new RedisFaultData(server));
    }
}
