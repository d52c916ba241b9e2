using System.Diagnostics;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.TestKit.Kills;

/// <summary>
/// One cell of the matrix: a process dies at a write point, another one resumes, and both are held against ledger and witness.
/// </summary>
internal sealed class KillRun(FaultTarget target, bool containers, string tree)
{
    public async Task CheckAsync(KillPoint point)
    {
        using var loop = target.NewCase(KillScenario.Spec(), containers);

        // 1. Killed.
        await using (var process = loop.Run("--kill", point.ToString()))
        {
            var end = await process.EndAsync();
            end.ExitCode.ShouldBe(HostProcess.Killed, end.Errors);
        }

        var killed = Stopwatch.GetTimestamp();
        if (containers)
        {
            await Containers.ShouldBeGoneAsync(loop.Id, killed);
        }

        var before = await loop.EntriesAsync();
        var witnessed = loop.Data.ReadWitness().Length;

        // Repository and working directory are caches: at every other point the next process finds none.
        if (point.Number % 2 == 1)
        {
            loop.DropCaches();
        }

        // 2. Taken up by another process; a loop whose first entry was never written does not exist, and can be created.
        await using (var process = before.Count > 0 ? loop.Resume() : loop.Run())
        {
            var end = await process.EndAsync();
            end.ExitCode.ShouldBe(ExitCodes.Verified, end.Errors);
        }

        // 3. The same end, and nothing that was completed is done again.
        var state = await loop.Data.ReplayAsync(loop.Id);
        state.Status.ShouldBe(LoopStatus.Verified);
        state.Workspace.Tree.ShouldBe(tree);
        var all = loop.Data.ReadWitness();
        ShouldNotRepeat(before, all[witnessed..]);
        ShouldBeginOnlyWhatIsRecorded(await loop.EntriesAsync(), all);
        if (containers)
        {
            (await Containers.ListAsync(loop.Id)).ShouldBeEmpty();
        }
    }

    /// <summary>A call whose result was in the ledger before the kill is not begun after it, nor is a request whose reply was.</summary>
    private static void ShouldNotRepeat(IReadOnlyList<LedgerEntry> before, string[] after)
    {
        var events = before.SelectMany(e => e.Events).ToList();
        foreach (var completed in events.OfType<ToolCompleted>())
        {
            after.ShouldNotContain($"tool start {completed.Call} {completed.Tool}");
        }

        var replies = events.OfType<ModelReplied>().Count();
        for (var turn = 0; turn < replies; turn++)
        {
            after.ShouldNotContain($"model start make {turn}");
        }
    }

    /// <summary>Every begin has its intent in the ledger, and every call, turn and gate decision is completed exactly once.</summary>
    private static void ShouldBeginOnlyWhatIsRecorded(IReadOnlyList<LedgerEntry> entries, string[] witnessed)
    {
        var events = entries.SelectMany(e => e.Events).ToList();
        foreach (var call in events.OfType<ToolRequested>().GroupBy(r => r.Call))
        {
            witnessed.Count(line => line == $"tool start {call.Key} {call.First().Tool}").ShouldBeInRange(0, call.Count());
            events.OfType<ToolCompleted>().Count(c => c.Call == call.Key).ShouldBe(1, call.Key);
        }

        foreach (var turn in events.OfType<ModelRequested>().GroupBy(r => r.Turn))
        {
            witnessed.Count(line => line == $"model start make {turn.Key}").ShouldBeInRange(0, turn.Count());
        }

        var gates = witnessed.Count(line =>
            line.StartsWith("sandbox start test -f", StringComparison.Ordinal)
            || line.StartsWith("sandbox start cat src/value.txt", StringComparison.Ordinal)
        );
        gates.ShouldBeInRange(0, events.OfType<GateStarted>().Count());
        events.OfType<GateCompleted>().GroupBy(g => (g.Gate, g.Phase, g.Tree, g.Run)).ShouldAllBe(g => g.Count() == 1);
    }
}
