using System.Diagnostics;
using LoopCluster.Bench.Cluster.Hosting;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.ClusterTests.Support;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests;

/// <summary>One silo after the other is replaced by a build of the next version while loops run.</summary>
public sealed class RollingUpgradeTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const string NextVersion = "0.2.0";
    private const string Grains = "LoopCluster.Grains.dll";

    [SkippableFact]
    public async Task Upgrade_OneSiloAfterTheOther_LoopsGoOnAndEndWell()
    {
        Require();
        var next = await BuildAsync();
        FileVersionInfo.GetVersionInfo(Path.Combine(next, Grains)).ProductVersion.ShouldNotBeNull().ShouldStartWith(NextVersion);
        await StartAsync();
        var loops = await StartLoopsAsync(20, steps: 60, secondsPerStep: 0.5);
        await AllStepAsync(loops);

        foreach (var silo in Cluster.Silos)
        {
            silo.Process.Send(Signal.Terminate);
            (await silo.Process.WaitForExitAsync(TimeSpan.FromSeconds(45))).ShouldBeTrue(silo.Process.Tail());
            silo.Process.ExitCode.ShouldBe(0, silo.Process.Tail());
            silo.LoseData();
            silo.Upgrade([Path.Combine(next, Path.GetFileName(SiloPrograms.Witnessed)), "silo"]);
            silo.Start();
            await silo.WaitUntilReadyAsync();
        }

        Cluster.Silos.SelectMany(silo => DrivenBy(silo.Lives[^1], loops)).ShouldNotBeEmpty("no loop was left for the new version");
        await ShouldEndWellAsync(loops);
    }

    /// <summary>This build beside itself, with the grains, whose types cross the wire, compiled anew as the next version.</summary>
    private async Task<string> BuildAsync()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "LoopCluster.sln")))
        {
            root = Path.GetDirectoryName(root);
            Skip.If(root is null, "the sources are not here to be built a second time");
        }

        // What the grains are built on is taken as it is: a whole build takes a minute of both cores.
        var next = Directory.CreateDirectory(PathOf("next")).FullName;
        foreach (var kind in new[] { "bin", "obj" })
        {
            Directory.CreateDirectory(Path.Combine(next, kind));
            await Tool.RunAsync(
                "cp",
                [
                    "-r",
                    .. new[] { "Engine", "Runtime", "Grains" }.Select(p => Path.Combine(root, "artifacts", kind, $"LoopCluster.{p}")),
                    Path.Combine(next, kind),
                ]
            );
        }

        await Tool.RunAsync(
            "dotnet",
            "build",
            Path.Combine(root, "src", "LoopCluster.Grains"),
            "-c",
            "Release",
            "-v",
            "q",
            "--nologo",
            "--no-dependencies",
            $"-p:Version={NextVersion}",
            $"-p:ArtifactsPath={next}"
        );
        var program = PathOf("program");
        await Tool.RunAsync("cp", "-r", AppContext.BaseDirectory.TrimEnd('/'), program);
        File.Copy(Path.Combine(next, "bin", "LoopCluster.Grains", "release", Grains), Path.Combine(program, Grains), overwrite: true);
        return program;
    }
}
