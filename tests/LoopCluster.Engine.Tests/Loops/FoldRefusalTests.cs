using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Tests.Loops;

/// <summary>What a ledger of ours never holds. The fold names it, so that such a loop is refused.</summary>
public class FoldRefusalTests
{
    [Fact]
    public void Apply_ReplyForAnOlderEpochsRequest_IsRefused()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Crashed().ThenRefuses("older epoch", History.Reply());
    }

    [Fact]
    public void Apply_OlderEpochsRequestSettledBelowItsReservation_IsRefused()
    {
        var history = History.InAttempt();
        history.Asked();
        history.Crashed().ThenRefuses("older epoch", ExecuteTests.Failed(ModelFailureKind.RateLimited));
        history.ThenRefuses("older epoch", ExecuteTests.Failed(ModelFailureKind.Aborted) with { Assumed = true });
        history.ThenRefuses("older epoch", new InfrastructureFailed("x", "never happened"));
    }

    [Theory]
    [InlineData(EffectClass.Workspace)]
    [InlineData(EffectClass.External)]
    public void Apply_ResultOfAnOlderEpochsTool_IsRefused(EffectClass effect)
    {
        var history = History.InAttempt(effect == EffectClass.External ? Sample.Reaching() : Sample.Spec()).Replied(Sample.Call("shell"));
        var call = history.Admitted(effect);
        history.Crashed().ThenRefuses("older epoch", Completed(call, ToolOutcome.Ok));
    }

    [Fact]
    public void Apply_ExternalCallBegunAgain_IsRefused()
    {
        var history = History.InAttempt(Sample.Reaching()).Replied(Sample.Call("shell"));
        var call = history.Admitted(EffectClass.External);
        history
            .Crashed()
            .ThenRefuses(
                "still open",
                new ToolRequested
                {
                    Call = call.Id,
                    Tool = call.Name,
                    Class = EffectClass.External,
                }
            );
        history.ThenRefuses(
            "still open",
            new ToolRequested
            {
                Call = call.Id,
                Tool = call.Name,
                Class = EffectClass.Pure,
            }
        );
    }

    [Fact]
    public void Apply_ExternalCallUndoneByInfrastructure_IsRefused()
    {
        var history = History.InAttempt(Sample.Reaching()).Replied(Sample.Call("shell"));
        history.Admitted(EffectClass.External);
        history.ThenRefuses("external call may have happened", new InfrastructureFailed("sandbox-unavailable", "gone"));
    }

    [Fact]
    public void Apply_ToolResultWithoutIntent_IsRefused()
    {
        var history = History.InAttempt().Replied(Sample.Call("done"));
        var call = history.Then<RunTool>().Call;
        history.ThenRefuses("no intent is open", Completed(call, ToolOutcome.Ok));
    }

    [Fact]
    public void Apply_ResultUnderAnotherToolsName_IsRefused()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        var call = history.Admitted();
        history.ThenRefuses("not the next call", Completed(call, ToolOutcome.Ok) with { Tool = ToolNames.Done });
        history.ThenRefuses("not the next call", Completed(call, ToolOutcome.Ok) with { Call = "another" });
    }

    [Fact]
    public void Apply_GateResultOfAnotherRun_IsRefused()
    {
        var history = History.InAttempt().Claims("t1");
        var gate = history.Then<RunGate>();
        history.Given(gate.Intent!);
        var passed = History.Completed(gate.Start, GateOutcome.Passed);

        history.ThenRefuses("is open, not this one", passed with { Tree = "t0" });
        history.ThenRefuses("is open, not this one", passed with { Gate = "other" });
        history.ThenRefuses("is open, not this one", passed with { Run = 2 });
        history.ThenRefuses("is open, not this one", passed with { Phase = GatePhase.Baseline });
    }

    [Fact]
    public void Apply_GateTheSpecDoesNotHave_IsRefused()
    {
        var history = History.InAttempt().Claims("t1");
        history.ThenRefuses("no gate 'ghost'", history.Then<RunGate>().Start with { Gate = "ghost" });
    }

    [Fact]
    public void Apply_TwoIntentsAtOnce_IsRefused()
    {
        var history = History.InAttempt();
        var request = history.Asked().Request;
        history.ThenRefuses("model-requested is still open", request);
    }

    [Fact]
    public void Apply_MoreSandboxTimeHeldBackThanIsLeft_IsRefused()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.ThenRefuses(
            "more sandbox time",
            new ToolRequested
            {
                Call = "call_0",
                Tool = "shell",
                Class = EffectClass.Pure,
                ReservedSeconds = 3600,
            }
        );
    }

    [Fact]
    public void Apply_ApprovalNobodyNeeds_IsRefused()
    {
        var history = History.InAttempt();
        history.ThenRefuses(
            "nothing of the kind is due",
            new ApprovalAsked
            {
                Kind = ApprovalKind.Tool,
                Call = "call_0",
                Tool = "shell",
                Arguments = "{}",
                Tree = Sample.BaseTree,
            }
        );
        history.ThenRefuses("nothing of the kind is due", new ApprovalAsked { Kind = ApprovalKind.Change, Tree = Sample.BaseTree });
    }

    [Fact]
    public void Apply_AnswerToAnotherQuestion_IsRefused()
    {
        ExecuteTests.Asked().ThenRefuses("asked nothing", new ApprovalGiven("s", 1, "eve", true, null));
    }

    [Fact]
    public void Apply_CommitOnAnotherParent_IsRefused()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.ThenRefuses("not the workspace's commit", history.Commit("t1") with { Parent = "elsewhere" });
    }

    [Fact]
    public void Apply_VerifiedOnAnotherTree_IsRefused()
    {
        var history = History.InAttempt().Claims("t1").Gate(GateOutcome.Passed);
        history.ThenRefuses(
            "the workspace is at",
            new LoopVerified
            {
                Commit = history.State.Workspace.Commit,
                Tree = "t2",
                Proof = Sample.Blob("p"),
            }
        );
    }

    [Fact]
    public void Apply_EndWhileSomethingIsOpen_IsRefused()
    {
        var history = History.InAttempt();
        history.Asked();
        history.ThenRefuses("is still open", new LoopStopped(LoopStatus.Cancelled, ""));
        history.ThenRefuses(
            "and something is still open",
            new LoopVerified
            {
                Commit = history.State.Workspace.Commit,
                Tree = history.State.Workspace.Tree,
                Proof = Sample.Blob("p"),
            }
        );
    }

    [Theory]
    [InlineData(LoopStatus.Running)]
    [InlineData(LoopStatus.Verified)]
    public void Apply_StopThatIsNoStop_IsRefused(LoopStatus status) =>
        History.InAttempt().ThenRefuses("is no end", new LoopStopped(status, ""));

    [Fact]
    public void Apply_AnythingAfterTheEnd_IsRefused()
    {
        var history = History.InAttempt().Given(new CancelRequested("s", "ann", "")).Decide();
        history.ThenRefuses("the loop has ended", new MessageReceived("m", "ann", "wait"));
        history.ThenRefuses("the loop has ended", new LoopStopped(LoopStatus.Stuck, ""));
    }

    [Fact]
    public void Apply_DecisionWhileSomethingIsOpen_IsRefused()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.Admitted();
        history.ThenRefuses("tool-requested is still open", new StageEntered(LoopStage.Verify));
        history.ThenRefuses("tool-requested is still open", new AttemptStarted(2));
        history.ThenRefuses("tool-requested is still open", new AttemptFailed(1, "x", "x", "t"));
    }

    [Fact]
    public void Apply_AttemptOutOfOrder_IsRefused() =>
        History
            .InAttempt()
            .ThenRefuses("0 attempts have failed", new AttemptStarted(2))
            .ThenRefuses("attempt 1 runs and 0 have failed", new AttemptFailed(2, "x", "x", "t"));

    [Fact]
    public void Apply_EpochGoesBack_IsRefused() => History.Of().Crashed().ThenRefuses("does not follow", new DriverStarted(2, "again"));

    [Fact]
    public void Apply_EntryOfAnotherEpochSeqOrLoop_IsRefused()
    {
        var state = History.InAttempt().State;
        var entry = new LedgerEntry(state.Id, state.Seq + 1, state.UpdatedAt, state.Epoch, [new NoteKept("x")], default);

        LoopFold.Apply(state, entry).Fault.ShouldBeNull();
        LoopFold.Apply(state, entry with { Epoch = state.Epoch - 1 }).Fault.ShouldNotBeNull();
        LoopFold.Apply(state, entry with { Seq = state.Seq }).Fault.ShouldNotBeNull();
        LoopFold.Apply(state, entry with { Loop = new LoopId("other") }).Fault.ShouldNotBeNull();
    }

    [Fact]
    public void Apply_AnythingButTheImportBeforeTheBase_IsRefused()
    {
        var history = History.Of().Given(new StageEntered(LoopStage.Discover));
        history.ThenRefuses("not imported", new PrepareStarted(1, 0));
        history.ThenRefuses("not imported", new StageEntered(LoopStage.Execute));
        history.ThenRefuses(
            "not imported",
            new LoopVerified
            {
                Commit = "",
                Tree = "",
                Proof = Sample.Blob("p"),
            }
        );
        history.Given(Sample.Imported).ThenRefuses("imported already", Sample.Imported);
        history.ThenRefuses("is imported", new ImportFailed("workspace-unreadable", []));
    }

    [Fact]
    public void Apply_PlaceThatWasNotThere_IsRefused()
    {
        History.Of().ThenRefuses("not queued", new LoopAdmitted(AdmissionRules.SignalId, 0, 0));
        History.Of().ThenRefuses("only a new loop", new LoopQueued(1));
        var queued = History.Of(Sample.Created(Sample.Spec()), new LoopQueued(2));
        queued.ThenRefuses("2 loops had the tenant's 2 places", new LoopAdmitted(AdmissionRules.SignalId, 2, 2));
        queued.Given(new LoopAdmitted(AdmissionRules.SignalId, 5, 0)).State.Status.ShouldBe(LoopStatus.Running);
    }

    [Fact]
    public void Begin_VersionThisBuildDoesNotHave_IsRefused()
    {
        var created = Sample.Created(Sample.Spec()) with { Versions = new EngineVersions(9, 1) };
        var line = LedgerCodec.Seal(Sample.Loop, 1, Sample.Start, 0, [created], LedgerHash.Genesis(Sample.Loop));
        LoopFold.Begin(LedgerCodec.Read(line)).Fault.ShouldNotBeNull().ShouldContain("version 9 of the machine");
        History.Of().ThenRefuses("version 1 of the machine and 9", new LoopMigrated(new EngineVersions(1, 9)));
    }

    [Fact]
    public void Begin_NotALoopsFirstEntry_Throws()
    {
        var line = LedgerCodec.Seal(Sample.Loop, 1, Sample.Start, 0, [new NoteKept("x")], LedgerHash.Genesis(Sample.Loop));
        Should.Throw<Errors.LedgerCorruptException>(() => LoopFold.Begin(LedgerCodec.Read(line))).Seq.ShouldBe(1);
    }

    private static ToolCompleted Completed(ToolCall call, ToolOutcome outcome) =>
        new()
        {
            Call = call.Id,
            Tool = call.Name,
            Outcome = outcome,
            Output = OutputText.Inline("x"),
        };
}
