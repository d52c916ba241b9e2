using System.Diagnostics;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost.Faults;
using LoopCluster.FaultTests.Support;

namespace LoopCluster.FaultTests.KillMatrix;

/// <summary>One cell of the matrix: a process dies at a write point, another one resumes, and both are held against ledger and witness.</summary>
internal sealed class KillRun(bool containers, string tree)
{
    public async Task CheckAsync(WritePoint point)
    {
        using var data = new FaultData();
        var id = new LoopId($"kill-{(point.After ? "a" : "b")}{point.Number}-{Guid.NewGuid():n}"[..24]);
        string[] common = ["--data", data.Path, "--id", id.Value, "--witness", data.Witness, .. containers ? new[] { "--containers" } : []];

        // 1. Killed.
        var first = await HostProcess.RunAsync(["run", .. common, "--spec", data.WriteSpec(KillScenario.Spec()), "--kill", point.ToString()]);
        var killed = Stopwatch.GetTimestamp();
        first.ExitCode.ShouldBe(HostProcess.Killed, first.Errors);
        if (containers)
        {
            await Containers.ShouldBeGoneAsync(id, killed);
        }

        var before = await data.ReadAsync(id);
        var witnessed = data.ReadWitness();

        // 2. Resumed by another process; a loop whose first entry was never written does not exist, and can be created.
        string[] again = before.Count > 0 ? ["resume", .. common] : ["run", .. common, "--spec", data.WriteSpec(KillScenario.Spec())];
        var second = await HostProcess.RunAsync(again);
        second.ExitCode.ShouldBe(ExitCodes.Verified, second.Errors);

        // 3. The same end, and nothing that was completed is done again.
        var state = await data.ReplayAsync(id);
        state.Status.ShouldBe(LoopStatus.Verified);
        state.Workspace.Tree.ShouldBe(tree);
        ShouldNotRepeat(before, data.ReadWitness()[witnessed.Length..]);
        ShouldBeginOnlyWhatIsRecorded(await data.ReadAsync(id), data.ReadWitness());
        if (containers)
        {
            (await Containers.ListAsync(id)).ShouldBeEmpty();
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

        var gates = witnessed.Count(line => line.StartsWith("sandbox start test -f", StringComparison.Ordinal) || line.StartsWith("sandbox start cat src/value.txt", StringComparison.Ordinal));
        gates.ShouldBeInRange(0, events.OfType<GateStarted>().Count());
        events.OfType<GateCompleted>().GroupBy(g => (g.Gate, g.Phase, g.Tree, g.Run)).ShouldAllBe(g => g.Count() == 1);
    }
}
