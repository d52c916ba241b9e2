using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Parking, resuming, forking, watching.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [SkippableFact]
    public async Task Resume_AfterParkingInTheMiddle_GoesOnAndRepeatsNoCompletedStep()
    {
        var loop = await StartAsync(Spec($"[ {Run("put first.txt 1")}, {Run("hold")}, {Write("42")} ]"));
        await Shell.Held.WaitAsync(Patient);
        await ReopenAsync();

        (await Host.GetAsync(loop, Patient))!.State.IsTerminal.ShouldBeFalse();
        Shell.Release();
        await Host.ResumeAsync(loop, Patient);

        var state = await RestAsync(loop);
        (state.Status, state.Epoch).ShouldBe((LoopStatus.Verified, 2));
        state.Workspace.Changed.ShouldBe(["answer.txt", "first.txt"]);
        Shell.Sandbox.Calls.Count(c => c.Call.Command == "put first.txt 1").ShouldBe(1);
        Shell.Sandbox.Calls.Count(c => c.Call.Command == "hold").ShouldBe(2);
    }

    [SkippableFact]
    public async Task Resume_PreparingWhereTheRepositoryIsGone_RebuildsItFromItsPacks()
    {
        var loop = await StartAsync(Spec($"[ {Write("42")} ]", "prepare: { run: hold }"));
        await Shell.Held.WaitAsync(Patient);
        await ReopenAsync(between: () =>
        {
            foreach (var repositories in Directory.GetDirectories(Files.At("data"), "repos", SearchOption.AllDirectories))
            {
                Directory.Delete(repositories, recursive: true);
            }
        });

        Shell.Release();
        await Host.ResumeAsync(loop, Patient);

        (await RestAsync(loop)).Status.ShouldBe(LoopStatus.Verified);
    }

    [SkippableFact]
    public async Task Run_PrepareThatLeavesNoFile_GoesOnWithoutALayer()
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]", "prepare: { run: say nothing }"));

        state.Status.ShouldBe(LoopStatus.Verified);
        state.Prepared.ShouldNotBeNull().Layer.ShouldBeNull();
    }

    [SkippableFact]
    public async Task Resume_LoopThatEnded_StaysAsItIs()
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]"));
        await ReopenAsync();

        await Host.ResumeAsync(state.Id, Patient);

        (await Host.GetAsync(state.Id, Patient))!.State.Head.ShouldBe(state.Head);
    }

    [SkippableFact]
    public async Task Fork_FromTheMiddle_GoesOnWithFilesAndConversationInStep()
    {
        var parent = await RunAsync(Spec($"[ {Run("put first.txt 1")}, {Write("41")}, {Write("42")} ]", "budget: { attempts: 1 }"));
        parent.Status.ShouldBe(LoopStatus.BudgetExhausted);
        var middle = (await EntriesAsync(parent.Id)).First(e => e.Events.OfType<WorkspaceCommitted>().Any()).Seq;

        var fork = await Host.ForkAsync(new ForkLoop(parent.Id, middle, parent.Spec.Budget with { Attempts = 3 }), Patient);

        var state = await RestAsync(fork);
        state.Status.ShouldBe(LoopStatus.Verified);
        state.Fork.ShouldNotBeNull().Seq.ShouldBe(middle);
        state.Workspace.Changed.ShouldBe(["answer.txt", "first.txt"]);
        Shell.Sandbox.Calls.Count(c => c.Call.Command == "put first.txt 1").ShouldBe(1);
        (await Host.GetAsync(parent.Id, Patient))!.State.Head.ShouldBe(parent.Head);
    }

    [SkippableFact]
    public async Task Fork_OfAWaitingLoop_InheritsNoRights()
    {
        var waiting = await RunAsync(Spec($"[ {Run("put answer.txt 42", done: true)} ]", AskAboutShell));

        var fork = await Host.ForkAsync(new ForkLoop(waiting.Id, waiting.Seq), Patient);

        var state = await RestAsync(fork);
        state.Status.ShouldBe(LoopStatus.Waiting);
        state.Approval!.Seq.ShouldNotBe(0);
        var error = await Should.ThrowAsync<BadInputException>(async () =>
            await Host.SignalAsync(fork, new ApprovalSignal("a1", "ann", state.Approval.Seq + 100, true, null), Patient)
        );
        error.Code.ShouldBe("approval-not-open");
    }

    [SkippableFact]
    public async Task Fork_AtAnEntryThatIsNotThere_IsBadInput()
    {
        var parent = await RunAsync(Spec($"[ {Write("42")} ]"));

        var error = await Should.ThrowAsync<BadInputException>(async () => await Host.ForkAsync(new ForkLoop(parent.Id, 999), Patient));

        error.Code.ShouldBe("unknown-entry");
    }

    [SkippableFact]
    public async Task Watch_FromTheMiddle_YieldsEveryEntryOnceAndEndsWithTheLoop()
    {
        var loop = await StartAsync(Spec($"[ {Run("hold")}, {Write("42")} ]"));
        await Shell.Held.WaitAsync(Patient);
        var seen = new List<long>();

        var watching = Task.Run(async () =>
        {
            await foreach (var line in Host.WatchAsync(loop, 3, Patient))
            {
                seen.Add(line.Seq);
            }
        });
        Shell.Release();
        await watching.WaitAsync(Patient);

        var last = (await Host.GetAsync(loop, Patient))!.State.Seq;
        seen.ShouldBe(Enumerable.Range(3, (int)last - 2).Select(i => (long)i));
    }

    [SkippableFact]
    public async Task Ledger_OfAnyLoop_IsAChainFromItsGenesis()
    {
        var state = await RunAsync(Spec($"[ {Write("41")}, {Write("42")} ]"));

        var prev = LedgerHash.Genesis(state.Id);
        await foreach (var line in Host.WatchAsync(state.Id, 1, Patient))
        {
            line.Prev.ShouldBe(prev);
            var end = line.Utf8.Span.LastIndexOf(",\"hash\""u8);
            LedgerCodec.HashOf(prev, line.Utf8.Span[..end]).ShouldBe(line.Hash);
            prev = line.Hash;
        }

        prev.ShouldBe(state.Head);
    }

    [SkippableFact]
    public async Task Get_UnknownLoop_IsNull()
    {
        (await Host.GetAsync(new LoopId("nobody"), Patient)).ShouldBeNull();
    }
}
