using LoopCluster.Engine.Loops;
using LoopCluster.TestKit.Kills;

namespace LoopCluster.FaultTests.Hosting;

/// <summary>Two processes: on one data directory the second is turned away, on two neither touches what is the other's.</summary>
[Trait("Category", "Fault")]
public sealed class TwoHoldersTests
{
    [Fact]
    public async Task Run_OnDirectoryInUse_NamesItsHolderAndChangesNothing()
    {
        using var loop = new LoopCase(Spec("sleep 2 && echo good > value.txt"), containers: false);
        await using var first = loop.Run();
        await first.SeeAsync("sandbox start sleep");
        var before = (await loop.EntriesAsync()).Count;

        await using var second = loop.Resume();
        var refused = await second.EndAsync();
        refused.ExitCode.ShouldBe(ExitCodes.BadInput);
        refused.Errors.ShouldContain("data-directory-in-use");
        refused.Errors.ShouldContain($"process {first.Id}");
        (await loop.EntriesAsync()).Count.ShouldBe(before);

        var end = await first.EndAsync();
        end.ExitCode.ShouldBe(ExitCodes.Verified, end.Errors);
        await loop.Data.ReplayAsync(loop.Id);
    }

    [SkippableFact]
    [Trait("Category", "Docker")]
    public async Task Run_OnTwoDirectories_LeavesTheOthersContainersAlone()
    {
        await Containers.SkipWithoutEngineAsync();
        using var mine = new LoopCase(Spec("echo half > half.txt && sleep 3 && echo good > value.txt"), containers: true);
        using var other = new LoopCase(
            Spec("echo half > half.txt && until test -e go.txt; do sleep 0.1; done && echo good > value.txt"),
            containers: true
        );
        await using var theirs = other.Run();
        await Until.ExistsAsync(Path.Combine(other.Tree, "half.txt"));
        // The one that runs the call, and perhaps one prepared for the next.
        var theirContainers = await NamesAsync(other);
        theirContainers.ShouldNotBeEmpty();

        // A process that dies and one that takes over, with its reaper, while the other's container runs.
        await using (var first = mine.Run())
        {
            await Until.ExistsAsync(Path.Combine(mine.Tree, "half.txt"));
            await first.KillAsync();
        }

        await mine.ResumeToGreenAsync();
        (await Containers.ListAsync(mine.Id)).ShouldBeEmpty();
        theirContainers.Except(await NamesAsync(other)).ShouldBeEmpty();

        await File.WriteAllTextAsync(Path.Combine(other.Tree, "go.txt"), "");
        var end = await theirs.EndAsync();
        end.ExitCode.ShouldBe(ExitCodes.Verified, end.Errors);
        other.Witnessed("sandbox start echo half").ShouldBe(1);
        (await Containers.ListAsync(other.Id)).ShouldBeEmpty();
    }

    private static async Task<string[]> NamesAsync(LoopCase loop) =>
        [.. (await Containers.ListAsync(loop.Id)).Select(line => line.Split(' ')[0])];

    private static object Spec(string command) =>
        new
        {
            goal = "Make the value good.",
            workspace = new { files = new Dictionary<string, string> { ["value.txt"] = "bad\n" } },
            model = new { script = new Script().Shell(command).Done().ToJson() },
            gates = new[] { new { name = "good", run = "grep -q good value.txt" } },
            sandbox = new { memory = "64m" },
        };
}
