using LoopCluster.Bench.Cluster.Chaos;
using LoopCluster.Bench.Cluster.Chaos.Faults;
using LoopCluster.ClusterKit.Redis;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests;

/// <summary>A short run of <c>loop chaos</c>: silos and Redis end and come back.</summary>
[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class ChaosSampleTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Chaos_OneSeed_Holds()
    {
        var missing = RedisServer.Missing();
        Skip.If(missing is not null, missing);
        var options = new ChaosOptions
        {
            Seed = 1,
            Loops = 30,
            Duration = TimeSpan.FromSeconds(12),
            Chosen = fault => fault is SiloEnds or RedisEnds,
        };

        var result = await new ChaosRun(options, ChaosGround.Bare, output.WriteLine).RunAsync(keep: false, CancellationToken.None);

        result.ShouldSatisfyAllConditions(
            () => result.Loops.ShouldBe(30),
            () => result.Lost.ShouldBe(0),
            () => result.Repeated.ShouldBe(0),
            () => result.Overshoot.ShouldBe(0),
            () => result.Ok.ShouldBeTrue()
        );
    }
}
