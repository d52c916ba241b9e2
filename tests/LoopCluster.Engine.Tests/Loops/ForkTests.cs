using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class ForkTests
{
    [Fact]
    public void BeginFork_MidAttempt_GoesOnFromFilesAndConversation()
    {
        var parent = History.InAttempt().Replied(Sample.Call("write_file")).Ran("written", "t1").State;

        var fork = History.ForkOf(parent);

        fork.State.Workspace.ShouldBe(parent.Workspace);
        var call = fork.Then<CallModel>();
        ChatCheck.Valid(call);
        Bodies.TextOf(call).ShouldContain("written");
        call.Request.Turn.ShouldBe(1, "a script goes on where it was");
    }

    [Fact]
    public void BeginFork_TwoOfOneParent_EachWritesItsOwnTurnsOn()
    {
        var parent = History.InAttempt();
        for (var i = 0; i < 4; i++)
        {
            parent.Asked();
            parent.Given(History.Reply(Sample.Call("shell"))).Decide().Ran($"shared {i}");
        }

        parent.Then<CallModel>();
        var forks = (History[])[History.ForkOf(parent.State), History.ForkOf(parent.State)];
        for (var i = 0; i < 6; i++)
        {
            foreach (var (fork, name) in forks.Zip(["alpha", "omega"]))
            {
                fork.Asked();
                fork.Given(History.Reply(Sample.Call("shell"))).Decide().Ran($"{name} {i}");
            }
        }

        // History compares each request with the one that is written anew.
        Bodies
            .TextOf(forks[0].Then<CallModel>())
            .ShouldSatisfyAllConditions(
                t => t.ShouldContain("shared 3"),
                t => t.ShouldContain("alpha 5"),
                t => t.ShouldNotContain("omega")
            );
        Bodies
            .TextOf(forks[1].Then<CallModel>())
            .ShouldSatisfyAllConditions(t => t.ShouldContain("omega 5"), t => t.ShouldNotContain("alpha"));
    }

    [Fact]
    public void BeginFork_OpenRequest_AsksAnewAtItsOwnCost()
    {
        var history = History.InAttempt();
        history.Asked();

        var fork = History.ForkOf(history.State);

        fork.State.Open.ShouldBeNull();
        fork.State.Spend.ShouldSatisfyAllConditions(s => s.ReservedTokens.ShouldBe(0), s => s.Tokens.ShouldBe(0), s => s.Turns.ShouldBe(0));
        fork.Then<CallModel>().Request.Try.ShouldBe(1);
    }

    [Fact]
    public void BeginFork_ParentBeganAnExternalCall_DoesNotRepeatIt()
    {
        var history = History.InAttempt(Sample.Reaching()).Replied(Sample.Call("shell"));
        history.Admitted(EffectClass.External);

        var fork = History.ForkOf(history.State);

        var call = fork.Then<CallModel>();
        ChatCheck.Valid(call);
        Bodies.TextOf(call).ShouldContain("the outcome of this call is unknown");
        fork.State.Spend.SandboxSeconds.ShouldBe(0);
    }

    [Fact]
    public void BeginFork_ParentsApproval_IsNotInherited()
    {
        var history = ExecuteTests.Asked();
        history.Given(new ApprovalGiven("s", history.State.Approval!.Seq, "ann", true, null)).Then<RunTool>();

        History.ForkOf(history.State).Asks().Tool.ShouldBe("shell");
    }

    [Fact]
    public void BeginFork_WaitingParent_Runs()
    {
        var fork = History.ForkOf(ExecuteTests.Asked().State);
        fork.State.Status.ShouldBe(LoopStatus.Running);
        fork.Asks();
    }

    [Fact]
    public void BeginFork_VerifiedParent_RunsItsGatesItself()
    {
        var history = History.InAttempt().Claims("t1").Gate(GateOutcome.Passed);
        history.Given(
            new LoopVerified
            {
                Commit = history.State.Workspace.Commit,
                Tree = "t1",
                Proof = Sample.Blob("p"),
            }
        );

        History.ForkOf(history.State).Then<RunGate>().Start.Tree.ShouldBe("t1");
    }

    [Fact]
    public void BeginFork_ParentOutOfAttempts_HasItsOwn()
    {
        var spec = Sample.Spec() with { Budget = new BudgetLimits { Attempts = 1 } };
        var parent = History.InAttempt(spec).Claims("t1").Gate(GateOutcome.Failed, "red").State;
        parent.Status.ShouldBe(LoopStatus.BudgetExhausted);

        var fork = History.ForkOf(parent, new BudgetLimits { Attempts = 2, Turns = 5 }).Decide();

        fork.State.Attempt.ShouldBe(2);
        Bodies.Content(fork.Then<CallModel>(), 1).ShouldContain("Attempt 2 of at most 3.\nLeft when it began: 5 turns");
        fork.Claims("t2")
            .Gate(GateOutcome.Failed, "blue")
            .Claims("t3")
            .Gate(GateOutcome.Failed, "green")
            .ThenStopped(LoopStatus.BudgetExhausted, "attempts: 2 allowed");
    }

    [Fact]
    public void BeginFork_CancelledParentAfterItsDeadline_IsFree()
    {
        var parent = History.InAttempt().Given(new DeadlinePassed(), new CancelRequested("s", "ann", "")).Decide().State;
        History.ForkOf(parent).Then<CallModel>();
    }

    [Fact]
    public void BeginFork_OfAFork_CountsAllTurnsForTheScript()
    {
        var first = History.InAttempt().Replied(Sample.Call("shell")).Ran();
        var second = History.ForkOf(first.State).Replied(Sample.Call("shell", "{\"x\":\"1\"}")).Ran();
        // Another id would be a third loop; the rules look only at the parent's head.
        second.Then<CallModel>().Request.Turn.ShouldBe(2);
        History.ForkOf(second.State).Then<CallModel>().Request.Turn.ShouldBe(2);
    }

    [Fact]
    public void BeginFork_AnotherHeadThanNamed_Throws()
    {
        var parent = History.InAttempt();
        var forked = new LoopForked
        {
            Parent = parent.State.Id,
            Seq = parent.State.Seq,
            Hash = Sample.Hash("other"),
            Commit = "c",
            Budget = new BudgetLimits(),
            Versions = EngineVersions.Current,
        };
        var id = new LoopId("f");
        var line = LedgerCodec.Seal(id, 1, Sample.Start, 0, [forked], LedgerHash.Genesis(id));
        Should.Throw<Errors.LedgerCorruptException>(() => LoopFold.BeginFork(parent.State, LedgerCodec.Read(line)));
    }
}
