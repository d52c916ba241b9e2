using LoopCluster.Grains.Tests.Support;
using LoopCluster.TestKit.Kills;
using Xunit.Abstractions;

namespace LoopCluster.Grains.Tests.Kills;

/// <summary>
/// The kills of every host, on a silo: its process dies, its disk is lost, and the next silo takes the loop up from Redis.
/// </summary>
[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainKillMatrixTests(ITestOutputHelper output, RedisClassFixture redis)
    : KillMatrixTests(output),
        IClassFixture<RedisClassFixture>
{
    protected override int Sample => 4;

    protected override int ContainerSample => 2;

    private protected override ValueTask<FaultTarget> OpenAsync() => redis.TargetAsync();
}

[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainKillInCommandTests(RedisClassFixture redis) : KillInCommandTests, IClassFixture<RedisClassFixture>
{
    private protected override ValueTask<FaultTarget> OpenAsync() => redis.TargetAsync();
}

[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainKillOutsideCommandsTests(RedisClassFixture redis) : KillOutsideCommandsTests, IClassFixture<RedisClassFixture>
{
    private protected override ValueTask<FaultTarget> OpenAsync() => redis.TargetAsync();
}

[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainKillWhileCancellingTests(RedisClassFixture redis) : KillWhileCancellingTests, IClassFixture<RedisClassFixture>
{
    private protected override ValueTask<FaultTarget> OpenAsync() => redis.TargetAsync();
}

[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainExternalCallTests(RedisClassFixture redis) : ExternalCallTests, IClassFixture<RedisClassFixture>
{
    private protected override ValueTask<FaultTarget> OpenAsync() => redis.TargetAsync();
}

internal static class GrainTarget
{
    public static async ValueTask<FaultTarget> TargetAsync(this RedisClassFixture redis)
    {
        var server = await redis.ServerAsync();
        return new FaultTarget(() => new RedisFaultData(server));
    }
}
