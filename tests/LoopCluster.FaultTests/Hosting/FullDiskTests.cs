using System.Diagnostics;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.TestKit.Disks;
using LoopCluster.TestKit.Kills;

namespace LoopCluster.FaultTests.Hosting;

/// <summary>
/// The disk fills up while a loop runs: a clear error, nothing half-written, no container, and the loop goes on once there is room.
/// </summary>
[Trait("Category", "Fault")]
public sealed class FullDiskTests
{
    [SkippableTheory]
    [InlineData("read")]
    [InlineData("write")]
    public async Task Append_OnFullDisk_FailsClearlyAndResumesOnceThereIsRoom(string next) => await RunAsync(next, containers: false);

    [SkippableTheory]
    [Trait("Category", "Docker")]
    [InlineData("read")]
    [InlineData("write")]
    public async Task Append_OnFullDisk_LeavesNoContainer(string next)
    {
        await Containers.SkipWithoutEngineAsync();
        await RunAsync(next, containers: true);
    }

    /// <param name="next">What the model does while the disk is full: only reads, so that the ledger is what fails, or writes
    /// files.</param>
    private static async Task RunAsync(string next, bool containers)
    {
        using var loop = new LoopCase(Spec(next), containers);
        await using var disk = await TestDisk.MountOrSkipAsync(loop.Data.Path);
        await using (var process = loop.Run())
        {
            await process.SeeAsync("sandbox start sleep");
            disk.Fill();
            var end = await process.EndAsync();
            end.ExitCode.ShouldBe(ExitCodes.Unavailable, end.Errors);
            end.Errors.ShouldContain("error ledger-unavailable");
        }

        if (containers)
        {
            await Containers.ShouldBeGoneAsync(loop.Id, Stopwatch.GetTimestamp());
        }

        (await loop.Data.ReplayAsync(loop.Id)).Status.ShouldBe(LoopStatus.Running);
        disk.Free();
        var events = await loop.ResumeToGreenAsync();
        events.OfType<ToolCompleted>().GroupBy(c => c.Call).ShouldAllBe(c => c.Count() == 1);
    }

    private static object Spec(string next)
    {
        var script = new Script().Shell("sleep 3");
        for (var i = 0; i < 30; i++)
        {
            _ =
                next == "read"
                    ? script.Call("note", new { text = $"note {i}" })
                    : script.Write($"files/{i}.txt", new string('x', 2000) + i);
        }

        return new
        {
            goal = "Make the value good.",
            workspace = new { files = new Dictionary<string, string> { ["value.txt"] = "bad\n" } },
            model = new { script = script.Write("value.txt", "good\n").Done().ToJson() },
            gates = new[] { new { name = "good", run = "grep -q good value.txt" } },
            sandbox = new { memory = "64m" },
        };
    }
}
