using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class VerifyTests
{
    [Fact]
    public void Next_EveryGatePasses_Proves()
    {
        var history = History
            .InAttempt(Sample.Spec(Sample.Gate("a"), Sample.Gate("b")))
            .Claims("t1")
            .Gate(GateOutcome.Passed)
            .Gate(GateOutcome.Passed);

        history.Then<Prove>();
        history
            .Given(
                new LoopVerified
                {
                    Commit = history.State.Workspace.Commit,
                    Tree = "t1",
                    Proof = Sample.Blob("proof"),
                }
            )
            .Then<Ended>();
        history.State.Status.ShouldBe(LoopStatus.Verified);
    }

    [Fact]
    public void Apply_DeliveredTreeIsNotTheGates_IsRefused()
    {
        var history = History.InAttempt().Claims("t1").Gate(GateOutcome.Passed);

        history.ThenRefuses("the gates passed on another", Verified("t2"));
        history.Given(Verified("t1")).Then<Ended>();

        LoopVerified Verified(string tree) =>
            new()
            {
                Commit = history.State.Workspace.Commit,
                Tree = "t1",
                Proof = Sample.Blob("proof"),
                Delivered = new DeliveredChange
                {
                    Commit = "d",
                    Tree = tree,
                    Pack = Sample.Blob("pack"),
                    Files = 1,
                    Lines = 1,
                },
            };
    }

    [Theory]
    [InlineData(GateOutcome.Failed, "failed (exit code 1): 2 failed")]
    [InlineData(GateOutcome.Timeout, "did not end within 1m")]
    [InlineData(GateOutcome.OutOfMemory, "ran out of memory")]
    [InlineData(GateOutcome.NotRun, "could not start (exit code 127)")]
    [InlineData(GateOutcome.Steered, "the change steers gate 'tests'")]
    public void Next_GateDoesNotPass_FailsTheAttemptAndShowsItsOutput(GateOutcome outcome, string reason)
    {
        var history = History.InAttempt().Claims("t1").Gate(outcome, "Traceback\n2 failed");

        history.State.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain(reason);
        Bodies.Content(history.Then<CallModel>(), 1).ShouldEndWith("Traceback\n2 failed");
    }

    [Fact]
    public void Next_GateUnavailable_IsNoVerdict()
    {
        var history = History.InAttempt().Claims("t1").Gate(GateOutcome.Unavailable);
        history.State.FailedAttempts.ShouldBeEmpty();
        history.Gate(GateOutcome.Passed).Then<Prove>();
    }

    [Fact]
    public void Next_ConfirmThree_WantsThreePassesInARow()
    {
        var history = History.InAttempt(Sample.Spec(Sample.Gate("flaky") with { Confirm = 3 })).Claims("t1");
        history.Gate(GateOutcome.Passed).Gate(GateOutcome.Passed).Then<RunGate>().Start.Run.ShouldBe(3);
        history.Gate(GateOutcome.Failed).State.FailedAttempts.Count.ShouldBe(1);
    }

    [Fact]
    public void Next_TreeChangedAfterAPass_RunsThatGateAgain()
    {
        var history = History
            .InAttempt(Sample.Spec(Sample.Gate("a"), Sample.Gate("b")))
            .Claims("t1")
            .Gate(GateOutcome.Passed)
            .Gate(GateOutcome.Failed);
        history.Claims("t2").Then<RunGate>().Start.ShouldSatisfyAllConditions(s => s.Gate.ShouldBe("a"), s => s.Tree.ShouldBe("t2"));
    }

    [Fact]
    public void Next_ChangeTouchesForbiddenPaths_FailsWithoutAGate()
    {
        var limits = new ChangeLimits { Deny = ["tests/**"] };
        var history = History
            .InAttempt(Sample.Spec() with { Changes = limits })
            .Replied(Sample.Call("write_file", "{\"x\":\"1\"}"), Sample.Call("done", "{}", "call_1"));
        var call = history.Admitted(EffectClass.Workspace);
        var commit = ChangeRules.Judge(limits, history.Commit("t1") with { Changed = ["a.py", "tests/t.py"] });
        history
            .Given(
                new ToolCompleted
                {
                    Call = call.Id,
                    Tool = call.Name,
                    Outcome = ToolOutcome.Ok,
                    Output = OutputText.Inline("ok"),
                },
                commit
            )
            .Decide()
            .Ran();

        history.State.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("does not allow: tests/t.py");
        Bodies.TextOf(history.Then<CallModel>()).ShouldContain("# The last attempt was not accepted");
    }

    [Theory]
    [InlineData(0, null, "touches 1 files; 0 are allowed")]
    [InlineData(null, 2, "has 3 added and removed lines; 2 are allowed")]
    public void Next_ChangeTooLarge_Fails(int? files, int? lines, string reason) =>
        History
            .InAttempt(
                Sample.Spec() with
                {
                    Changes = new ChangeLimits { MaxFiles = files, MaxLines = lines },
                }
            )
            .Claims("t1")
            .State.FailedAttempts.ShouldHaveSingleItem()
            .Reason.ShouldContain(reason);

    [Fact]
    public void Next_SingleShotWithoutGates_AsksAPersonAboutExactlyThisTree()
    {
        var spec = Sample.Spec() with { Gates = [], Mode = LoopMode.SingleShot };
        var history = History.InAttempt(spec).Claims("t1");
        history.Then<Wait>();
        history.State.Approval!.Asked.Tree.ShouldBe("t1");

        history.Given(new ApprovalGiven("s", history.State.Approval.Seq, "ann", true, null)).Then<Prove>();
    }

    [Fact]
    public void Next_SingleShotRefused_IsRejected()
    {
        var history = History.InAttempt(Sample.Spec() with { Gates = [], Mode = LoopMode.SingleShot }).Claims("t1");
        history
            .Given(new ApprovalGiven("s", history.State.Approval!.Seq, "ann", false, "ugly"))
            .Decide()
            .ThenStopped(LoopStatus.Rejected, "ann refused the change: ugly");
    }

    [Fact]
    public void Next_SingleShotGateFails_HasNoSecondAttempt() =>
        History
            .InAttempt(Sample.Spec() with { Mode = LoopMode.SingleShot })
            .Claims("t1")
            .Gate(GateOutcome.Failed)
            .ThenStopped(LoopStatus.BudgetExhausted, "single-shot allows one");

    [Fact]
    public void Next_AllAttemptsFailed_StopsWithTheLastReason() =>
        History
            .InAttempt(Sample.Spec() with { Budget = new BudgetLimits { Attempts = 2 } })
            .Claims("t1")
            .Gate(GateOutcome.Failed, "one")
            .Claims("t2")
            .Gate(GateOutcome.Failed, "two")
            .ThenStopped(LoopStatus.BudgetExhausted, "2 allowed, all failed; the last one: gate 'tests' failed (exit code 1): two");
}
