using System.Net;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.TestKit.Api;

namespace LoopCluster.Grains.Tests.Api;

/// <summary>The API's tests, on two silos over Redis.</summary>
[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class GrainApiTests(RedisClassFixture redis) : ApiTests, IClassFixture<RedisClassFixture>
{
    [SkippableTheory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/event-stream")]
    public async Task Events_LineAltered_IsToldBeforeTheAnswerBegins(string accept)
    {
        var loop = await RunAsync(Spec(Solve));
        await ((GrainApi)Running).AlterAsync(loop, 2);

        (await Api.GetAsync($"/v1/loops/{loop}/events?from=2", ("Accept", accept))).ShouldBeProblem(
            HttpStatusCode.InternalServerError,
            "ledger-corrupt"
        );
    }

    protected override async ValueTask<IRunningApi> OpenAsync(ApiSetup setup) => await GrainApi.OpenAsync(await redis.ServerAsync(), setup);
}
