using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class FlakyGateTests
{
    private static GateSpec Flaky(int reruns = 1) => Sample.Gate("tests") with { Flaky = new FlakySpec(reruns) };

    [Fact]
    public void Next_RedThenGreenOnTheSameTree_PassesAndIsFlaky()
    {
        var history = History.InAttempt(Sample.Spec(Flaky())).Says("done").Gate(GateOutcome.Failed, "lost a race", seconds: 2);
        var again = history.Then<RunGate>().Start;
        (again.Rerun, again.Run, again.Tree).ShouldBe((1, 1, history.State.Workspace.Tree));
        history.State.FailedAttempts.ShouldBeEmpty();

        history.Gate(GateOutcome.Passed, seconds: 3);

        history.Then<Prove>();
        history.State.GateResults["tests"].IsFlaky.ShouldBeTrue();
        history.State.Spend.SandboxSeconds.ShouldBe(1 + 2 + 3);
    }

    [Fact]
    public void Next_RedAgain_FailsTheAttempt() =>
        History
            .InAttempt(Sample.Spec(Flaky()))
            .Says("done")
            .Gate(GateOutcome.Failed)
            .Gate(GateOutcome.Failed)
            .State.FailedAttempts.ShouldHaveSingleItem()
            .Flaky.ShouldBe("tests");

    [Fact]
    public void Next_GateNotDeclaredFlaky_IsNotRunAgain() =>
        History
            .InAttempt(Sample.Spec())
            .Says("done")
            .Gate(GateOutcome.Failed)
            .State.FailedAttempts.ShouldHaveSingleItem()
            .Flaky.ShouldBeNull();

    [Fact]
    public void Next_ConfirmedGateTurnsRed_TheRowBeginsAnew()
    {
        var history = History
            .InAttempt(Sample.Spec(Flaky() with { Confirm = 2 }))
            .Says("done")
            .Gate(GateOutcome.Passed)
            .Gate(GateOutcome.Failed);
        history.Then<RunGate>().Start.ShouldSatisfyAllConditions(s => s.Run.ShouldBe(1), s => s.Rerun.ShouldBe(1));

        history.Gate(GateOutcome.Passed).Gate(GateOutcome.Passed).Then<Prove>();
        history.State.GateResults["tests"].IsFlaky.ShouldBeTrue();
    }

    [Fact]
    public void Next_SameFailureOnTheSameFiles_RunsTheFlakyGateAgainAndIsNotStuck()
    {
        var history = History.InAttempt(Sample.Spec(Flaky()) with { Budget = new BudgetLimits { Attempts = 5 } });
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            history.Says("done").Gate(GateOutcome.Failed, "same").Gate(GateOutcome.Failed, "same");
            history.State.FailedAttempts.Count.ShouldBe(attempt);
            history.State.IsTerminal.ShouldBeFalse(history.State.StopReason);
        }

        history.Says("done").Gate(GateOutcome.Failed, "same").Gate(GateOutcome.Passed).Then<Prove>();
    }

    [Fact]
    public void Next_AlwaysRed_TheBudgetEndsTheLoop() =>
        History
            .InAttempt(Sample.Spec(Flaky()) with { Budget = new BudgetLimits { Attempts = 1 } })
            .Says("done")
            .Gate(GateOutcome.Failed)
            .Gate(GateOutcome.Failed)
            .ThenStopped(LoopStatus.BudgetExhausted, "attempts: 1 allowed");

    [Fact]
    public void Apply_ResultOfAnotherRerun_IsRefused()
    {
        var history = History.InAttempt(Sample.Spec(Flaky())).Says("done").Gate(GateOutcome.Failed);
        var gate = history.Then<RunGate>();
        history
            .Given(gate.Intent!)
            .ThenRefuses("is open, not this one", History.Completed(gate.Start with { Rerun = null }, GateOutcome.Passed));
    }

    [Fact]
    public void Crashed_InTheRerun_TakesItUpAsItWas()
    {
        var history = History.InAttempt(Sample.Spec(Flaky())).Says("done").Gate(GateOutcome.Failed);
        history.Given(history.Then<RunGate>().Intent!).Crashed();
        history.Then<RunGate>().Start.Rerun.ShouldBe(1);
        history.Gate(GateOutcome.Passed).Then<Prove>();
    }
}
