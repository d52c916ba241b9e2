using System.Diagnostics;
using LoopCluster.Bench.Cluster.Hosting.Processes;
using LoopCluster.ClusterTests.Support;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests;

/// <summary>One silo after the other is replaced by a build of the next version while loops run.</summary>
public sealed class RollingUpgradeTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const string NextVersion = "0.2.0";

    [SkippableFact]
    public async Task Upgrade_OneSiloAfterTheOther_LoopsGoOnAndEndWell()
    {
        Require();
        var next = await BuildAsync();
        FileVersionInfo.GetVersionInfo(next).ProductVersion.ShouldNotBeNull().ShouldStartWith(NextVersion);
        await StartAsync();
        var loops = await StartLoopsAsync(20, steps: 60, secondsPerStep: 0.5);
        await AllStepAsync(loops);

        foreach (var silo in Cluster.Silos)
        {
            silo.Process.Send(Signal.Terminate);
            (await silo.Process.WaitForExitAsync(TimeSpan.FromSeconds(45))).ShouldBeTrue(silo.Process.Tail());
            silo.Process.ExitCode.ShouldBe(0, silo.Process.Tail());
            silo.LoseData();
            silo.Upgrade([next, "silo"]);
            silo.Start();
            await silo.WaitUntilReadyAsync();
        }

        Cluster.Silos.SelectMany(silo => DrivenBy(silo.Lives[^1], loops)).ShouldNotBeEmpty("no loop was left for the new version");
        await ShouldEndWellAsync(loops);
    }

    /// <summary>The same sources as the next version, beside this build.</summary>
    private async Task<string> BuildAsync()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "LoopCluster.sln")))
        {
            root = Path.GetDirectoryName(root);
            Skip.If(root is null, "the sources are not here to be built a second time");
        }

        await Tool.RunAsync(
            "dotnet", "build", Path.Combine(root, "bench", "LoopCluster.Bench.Cluster"), "-c", "Release", "-v", "q", "--nologo", $"-p:Version={NextVersion}",
            $"-p:ArtifactsPath={PathOf("next")}");
        return PathOf(Path.Combine("next", "bin", "LoopCluster.Bench.Cluster", "release", "loop-bench-cluster.dll"));
    }
}
