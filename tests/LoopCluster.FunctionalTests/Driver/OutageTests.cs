using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.FunctionalTests.Hosts;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Hosts;
using LoopCluster.TestKit.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.FunctionalTests.Driver;

/// <summary>What lies under a loop breaks and is mended while the loop runs.</summary>
public sealed class OutageTests
{
    [Theory]
    [InlineData(1, 10, LoopStatus.Parked)]
    [InlineData(20, 10, LoopStatus.Verified)]
    [InlineData(20, 40, LoopStatus.Parked)]
    public async Task Run_EngineIsGoneForAWhile_EndsWellWithinItsPatienceElseIsParked(int patience, int outage, LoopStatus expected)
    {
        using var files = new TestFiles();
        var time = new SwiftTime();
        var mended = time.GetUtcNow() + TimeSpan.FromSeconds(outage);
        var shell = new FakeShell();
        shell.Sandbox.Resolving = () =>
            time.GetUtcNow() < mended
                ? throw new InfrastructureException("sandbox-unavailable", "the engine does not answer")
                : Task.CompletedTask;
        await using var runtime = await LocalHostTests.OwnAsync(
            new HostSetup(files.At("data"), shell.Sandbox, ModelCatalog.Parse("models: {}"), time)
        );
        var spec = SpecFile.Parse(
            $$"""
            outage: {{patience}}s
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: "hello\n" } }
            model: { script: { replies: [ { tools: [ { name: shell, arguments: { command: put answer.txt 42 } }, { name: done, arguments: { summary: ready } } ] } ] } }
            gates: [ { name: answer, run: has answer.txt 42 } ]
            """,
            SpecOrigin.File(files.Root)
        );
        var state = await runtime.Starter.CreateAsync(new StartLoop("tests", spec), CancellationToken.None);
        var driver = new LoopDriver(runtime.Ports, state, "test", NullLogger<LoopDriver>.Instance);

        (await driver.RunAsync(CancellationToken.None)).ShouldBe(expected == LoopStatus.Parked ? DriveEnd.Waiting : DriveEnd.Ended);

        driver.State.Status.ShouldBe(expected);
    }
}
