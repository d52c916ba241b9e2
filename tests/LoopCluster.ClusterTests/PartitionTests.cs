using System.Diagnostics;
using LoopCluster.ClusterTests.Support;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests;

/// <summary>Silos in network namespaces whose links are cut.</summary>
[Trait("Category", "Fault")]
public sealed class PartitionTests(ITestOutputHelper output) : ClusterTest(output)
{
    [SkippableFact]
    public async Task Cut_OneOfThreeFromTheNetwork_OthersTakeItsLoops()
    {
        await StartAsync(namespaces: true);
        var loops = await StartLoopsAsync(20, steps: 40);
        await AllStepAsync(loops);
        var cut = Busiest(loops);
        var orphans = DrivenBy(cut.Lives[^1], loops);

        var at = Stopwatch.GetTimestamp();
        await Cluster.Network.Faults!.CutAsync(cut.Node);

        (await TakenUpAsync(orphans, cut.Lives, at)).ShouldBeLessThan(Limit.Of(15));
        await Cluster.Network.Faults.HealAsync(cut.Node);
        await ShouldEndWellAsync(loops);
    }

    [SkippableFact]
    public async Task Cut_RedisFromEverybodyForAWhile_LosesAndRepeatsNothing()
    {
        await StartAsync(namespaces: true);
        var loops = await StartLoopsAsync(15, steps: 20);
        await AllStepAsync(loops);

        await Cluster.Network.Faults!.CutAsync(Cluster.Redis.Node);
        await UntilAsync(
            async () => !(await Task.WhenAll(Cluster.Silos.Select(silo => silo.IsReadyAsync()))).Contains(true),
            "every silo to miss Redis"
        );
        await Cluster.Network.Faults.HealAsync(Cluster.Redis.Node);

        await ShouldEndWellAsync(loops);
    }
}
