using LoopCluster.Bench.Cluster.Chaos.Faults;
using LoopCluster.Bench.Cluster.Chaos.Workload;
using LoopCluster.ClusterKit.Processes;

namespace LoopCluster.ClusterTests.Chaos;

/// <summary>A seed says everything about a run but its timing.</summary>
public sealed class PlanTests
{
    private static readonly FaultCapabilities Everything = new(Network: true, Disks: true, Engine: true);

    [Fact]
    public void Faults_OfTheSameSeed_AreTheSame() =>
        FaultPlan
            .Write(7, 3, TimeSpan.FromSeconds(40), Everything)
            .Select(fault => fault.ToString())
            .ShouldBe(FaultPlan.Write(7, 3, TimeSpan.FromSeconds(40), Everything).Select(fault => fault.ToString()));

    [Fact]
    public void Faults_OfTwentySeeds_AreOfEveryKind()
    {
        var kinds = Enumerable
            .Range(1, 20)
            .SelectMany(seed => FaultPlan.Write(seed, 3, TimeSpan.FromSeconds(40), Everything))
            .Select(fault => fault.GetType().Name)
            .ToHashSet();

        kinds.ShouldBe(
            typeof(Fault).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Fault))).Select(type => type.Name),
            ignoreOrder: true
        );
    }

    [Fact]
    public void Faults_OfAnySeed_HaveADeathAndARestartOfRedis()
    {
        foreach (var seed in Enumerable.Range(1, 20))
        {
            var faults = FaultPlan.Write(seed, 3, TimeSpan.FromSeconds(10), new FaultCapabilities(false, false, false));
            faults.ShouldContain(fault => fault is SiloEnds && ((SiloEnds)fault).Signal == Signal.Kill);
            faults.ShouldContain(fault => fault is RedisEnds);
            faults.ShouldAllBe(fault => fault is SiloEnds || fault is SiloPauses || fault is RedisEnds || fault is RedisPauses);
        }
    }

    [Fact]
    public void Loops_OfTheSameSeed_AreTheSameAndOfEveryKind()
    {
        var plans = PlanWriter.Write(3, 200, containers: true);

        plans
            .Select(plan => plan.Spec.ToJsonString())
            .ShouldBe(PlanWriter.Write(3, 200, containers: true).Select(plan => plan.Spec.ToJsonString()));
        plans.Count(plan => plan.Containers).ShouldBe(10);
        foreach (var ending in Enum.GetValues<Ending>())
        {
            plans.ShouldContain(plan => plan.Ending == ending);
        }

        plans.ShouldContain(plan => plan.Asks);
        plans.ShouldContain(plan => plan.Forked);
        plans.ShouldContain(plan => plan.Messages > 0);
    }

    [Fact]
    public async Task GitTree_OfFiles_HasTheNameGitGivesIt()
    {
        var root = Directory.CreateTempSubdirectory("loop-tree-");
        try
        {
            var files = new Dictionary<string, string>
            {
                ["a/b.txt"] = "two\n",
                ["a/c/d"] = "",
                ["a.b"] = "three",
            };
            await Tool.RunAsync("git", "-C", root.FullName, "init", "--quiet");
            foreach (var (path, content) in files)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root.FullName, path))!);
                await File.WriteAllTextAsync(Path.Combine(root.FullName, path), content);
            }

            await Tool.RunAsync("git", "-C", root.FullName, "add", "--all");
            GitTree.NameOf(files).ShouldBe((await Tool.RunAsync("git", "-C", root.FullName, "write-tree")).Trim());
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
