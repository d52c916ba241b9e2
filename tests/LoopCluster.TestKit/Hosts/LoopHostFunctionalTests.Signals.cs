using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Cancel, message, approve.</summary>
public abstract partial class LoopHostFunctionalTests
{
    private const string AskAboutShell = "policy: { rules: [ { tool: \"*\", effect: allow }, { tool: shell, effect: ask } ] }";

    [SkippableFact]
    public async Task Cancel_WhileACommandRuns_CutsItOffAndEnds()
    {
        var loop = await StartAsync(Spec($"[ {Run("hold")}, {Write("42")} ]"));
        await Shell.Held.WaitAsync(Patient);

        await Host.SignalAsync(loop, new CancelSignal("c1", "ann", "wrong task"), Patient);

        var state = await RestAsync(loop);
        state.Status.ShouldBe(LoopStatus.Cancelled);
        ExitCodes.For(state.Status).ShouldBe(ExitCodes.Cancelled);
        state.StopReason.ShouldBe("cancelled by ann: wrong task");
        state.Open.ShouldBeNull();
    }

    [SkippableFact]
    public async Task Cancel_WhileThePreparationFinishes_EndsAndReplays()
    {
        var (preparing, prepared) = (new TaskCompletionSource(), new TaskCompletionSource());
        Shell.Sandbox.Resolving = () =>
        {
            preparing.TrySetResult();
            return prepared.Task;
        };
        var loop = await StartAsync(Spec($"[ {Write("42")} ]"));
        await preparing.Task.WaitAsync(Patient);

        await Host.SignalAsync(loop, new CancelSignal("c1", "ann", "wrong task"), Patient);
        prepared.SetResult();

        var state = await RestAsync(loop);
        (state.Status, state.Open).ShouldBe((LoopStatus.Cancelled, null));
    }

    [SkippableFact]
    public async Task Cancel_SameSignalAgain_IsSuccess()
    {
        var loop = await StartAsync(Spec($"[ {Run("hold")} ]"));
        await Shell.Held.WaitAsync(Patient);
        var signal = new CancelSignal("c1", "ann", "");

        await Host.SignalAsync(loop, signal, Patient);
        await RestAsync(loop);
        await Host.SignalAsync(loop, signal, Patient);

        (await EntriesAsync(loop)).SelectMany(e => e.Events).OfType<CancelRequested>().ShouldHaveSingleItem();
    }

    [SkippableFact]
    public async Task Signal_LoopHasEnded_IsRefused()
    {
        var state = await RunAsync(Spec($"[ {Write("42")} ]"));

        var error = await Should.ThrowAsync<BadInputException>(async () =>
            await Host.SignalAsync(state.Id, new MessageSignal("m1", "ann", "too late"), Patient)
        );

        error.Code.ShouldBe("loop-ended");
    }

    [SkippableFact]
    public async Task Signal_UnknownLoop_IsRefused()
    {
        var error = await Should.ThrowAsync<BadInputException>(async () =>
            await Host.SignalAsync(new LoopId("nobody"), new MessageSignal("m1", "ann", "hello"), Patient)
        );

        error.Code.ShouldBe("unknown-loop");
    }

    [SkippableFact]
    public async Task Message_WhileACommandRuns_ReachesTheModelWithTheNextRequest()
    {
        var told = Write("42").Insert(1, " when: \"the answer is forty-two\",");
        var loop = await StartAsync(Spec($"[ {Run("hold")}, {told} ]"));
        await Shell.Held.WaitAsync(Patient);

        await Host.SignalAsync(loop, new MessageSignal("m1", "ann", "the answer is forty-two"), Patient);
        Shell.Release();

        (await RestAsync(loop)).Status.ShouldBe(LoopStatus.Verified);
    }

    [SkippableFact]
    public async Task Approval_Granted_RunsExactlyThatCall()
    {
        var waiting = await RunAsync(Spec($"[ {Run("put answer.txt 42", done: true)} ]", AskAboutShell));

        waiting.Status.ShouldBe(LoopStatus.Waiting);
        ExitCodes.For(waiting.Status).ShouldBe(ExitCodes.WaitingForPerson);
        waiting.Approval!.Asked.Arguments.ShouldNotBeNull().ShouldContain("put answer.txt 42");
        Shell.Sandbox.Calls.ShouldNotContain(c => c.Call.Command.StartsWith("put", StringComparison.Ordinal));
        await Host.SignalAsync(waiting.Id, new ApprovalSignal("a1", "ann", waiting.Approval.Seq, true, null), Patient);

        (await RestAsync(waiting.Id)).Status.ShouldBe(LoopStatus.Verified);
        Shell.Sandbox.Calls.Count(c => c.Call.Command.StartsWith("put", StringComparison.Ordinal)).ShouldBe(1);
    }

    [SkippableFact]
    public async Task Approval_AcrossARestart_IsStillWaitedForAndUsedOnce()
    {
        var waiting = await RunAsync(Spec($"[ {Run("put answer.txt 42")}, {Run("put answer.txt 42!", done: true)} ]", AskAboutShell));
        await ReopenAsync();

        await Host.SignalAsync(waiting.Id, new ApprovalSignal("a1", "ann", waiting.Approval!.Seq, true, null), Patient);

        var again = await UntilAsync(waiting.Id, s => s.Approval is { } next && next.Seq != waiting.Approval.Seq);
        again.Approval!.Asked.Arguments.ShouldNotBeNull().ShouldContain("42!");
    }

    [SkippableFact]
    public async Task Approval_Denied_ModelIsToldWhy()
    {
        var other = Write("42").Insert(1, " when: \"ann refused this call: use the file tool\",");
        var waiting = await RunAsync(Spec($"[ {Run("put answer.txt 42")}, {other} ]", AskAboutShell));

        await Host.SignalAsync(waiting.Id, new ApprovalSignal("a1", "ann", waiting.Approval!.Seq, false, "use the file tool"), Patient);

        (await RestAsync(waiting.Id)).Status.ShouldBe(LoopStatus.Verified);
        Shell.Sandbox.Calls.ShouldNotContain(c => c.Call.Command.StartsWith("put", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Approval_OfAnotherEntry_IsRefusedAndTheLoopStillWaits()
    {
        var waiting = await RunAsync(Spec($"[ {Run("put answer.txt 42", done: true)} ]", AskAboutShell));

        var error = await Should.ThrowAsync<BadInputException>(async () =>
            await Host.SignalAsync(waiting.Id, new ApprovalSignal("a1", "ann", waiting.Approval!.Seq - 1, true, null), Patient)
        );

        error.Code.ShouldBe("approval-not-open");
        (await Host.GetAsync(waiting.Id, Patient))!.State.Status.ShouldBe(LoopStatus.Waiting);
    }

    [SkippableTheory]
    [InlineData(true, LoopStatus.Verified)]
    [InlineData(false, LoopStatus.Rejected)]
    public async Task SingleShot_WithoutGates_APersonDecidesAboutTheChange(bool granted, LoopStatus outcome)
    {
        var waiting = await RunAsync(Spec($"[ {Write("42")} ]", "mode: single-shot", gates: ""));

        waiting.Approval!.Asked.Kind.ShouldBe(ApprovalKind.Change);
        await Host.SignalAsync(waiting.Id, new ApprovalSignal("a1", "ann", waiting.Approval.Seq, granted, null), Patient);

        (await RestAsync(waiting.Id)).Status.ShouldBe(outcome);
    }
}
