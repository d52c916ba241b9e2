using LoopCluster.Grains.Tests.Support;
using LoopCluster.TestKit.Api;

namespace LoopCluster.Grains.Tests.Api;

/// <summary>The API's tests, on two silos over Redis.</summary>
[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainApiTests(RedisClassFixture redis) : ApiTests, IClassFixture<RedisClassFixture>
{
    protected override async ValueTask<IRunningApi> OpenAsync(ApiSetup setup) => await GrainApi.OpenAsync(await redis.ServerAsync(), setup);
}
