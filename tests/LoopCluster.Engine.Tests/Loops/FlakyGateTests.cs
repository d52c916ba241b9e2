using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class FlakyGateTests
{
    private static CommandGate Flaky(int reruns = 1) => Sample.Gate("tests") with { Flaky = new FlakySpec(reruns) };

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

    [Fact]
    public void Next_FlakyOnTheChangeAndOnTheBase_PassesAsOldFlakiness()
    {
        var history = FlakyOnChange(Pass(reruns: 2));
        var measured = history.Then<RunGate>().Start;
        (measured.Phase, measured.Tree, measured.Run).ShouldBe((GatePhase.Baseline, history.State.Base.Tree, 2));

        history.Gate(GateOutcome.Failed, "lost a race");

        history.Then<Prove>();
        FlakeRules.OriginOf(history.State, history.State.Spec.Gates[1]).ShouldBe(FlakeOrigin.Base);
        history.State.Baseline["old"].Outcome.ShouldBe(GateOutcome.Passed, "how it stands on the base is what was seen first");
        history.State.Tallies["old"].Flakes.ShouldBe(1);
    }

    [Fact]
    public void Next_FlakyOnTheChangeAlone_APersonIsAskedAndNothingIsVerifiedWithout()
    {
        var history = FlakyOnChange(Pass(reruns: 1)).Gate(GateOutcome.Passed);
        history.State.Status.ShouldBe(LoopStatus.Waiting);
        var asked = history.State.Approval.ShouldNotBeNull();
        asked.Asked.Reasons.ShouldNotBeNull().ShouldHaveSingleItem().ShouldContain("gate 'old' became flaky: red 1 time and green 1 time");
        FlakeRules.OriginOf(history.State, history.State.Spec.Gates[1]).ShouldBe(FlakeOrigin.Change);

        history.Given(new ApprovalGiven("a", asked.Seq, "ann", true)).Then<Prove>();
    }

    /// <summary>A measurement that came to no verdict does not say that the base is flaky.</summary>
    [Fact]
    public void Next_RunOnTheBaseComesToNoVerdict_APersonIsAskedAllTheSame()
    {
        var history = FlakyOnChange(Pass(reruns: 1)).Gate(GateOutcome.NotRun);

        (history.State.Status, FlakeRules.OriginOf(history.State, history.State.Spec.Gates[1])).ShouldBe(
            (LoopStatus.Waiting, FlakeOrigin.Change)
        );
    }

    /// <summary>The red is remembered, whatever was tried between it and the green.</summary>
    [Fact]
    public void Next_GreenOnFilesThatWereRedTwoAttemptsAgo_IsFlaky()
    {
        var history = Strong(Sample.Gate("tests") with { Canary = None }, Pass(reruns: 1));
        history.Claims("t1").Gate(GateOutcome.Passed).Gate(GateOutcome.Failed, "a").Gate(GateOutcome.Failed, "a");
        history.Claims("t2").Gate(GateOutcome.Passed).Gate(GateOutcome.Failed, "b").Gate(GateOutcome.Failed, "b");
        history.Claims("t1").Gate(GateOutcome.Passed).Gate(GateOutcome.Passed);

        history.Then<RunGate>().Start.Phase.ShouldBe(GatePhase.Baseline);
        history.Gate(GateOutcome.Passed);
        history.State.Status.ShouldBe(LoopStatus.Waiting);
        FlakeRules.Of(history.State, history.State.Spec.Gates[1]).ShouldNotBeNull().Origin.ShouldBe(FlakeOrigin.Change);
    }

    [Fact]
    public void Next_QuarantinedGateRanNothing_IsNotExcused()
    {
        var history = Quarantined().Says("done").Gate(GateOutcome.Passed).Gate(GateOutcome.NoEvidence);
        while (history.Next is RunGate)
        {
            history.Gate(GateOutcome.NoEvidence);
        }

        history.State.FailedAttempts.ShouldNotBeEmpty();
    }

    /// <summary>Judges see the change, are told of the red, and a person decides last.</summary>
    [Fact]
    public void Next_QuarantinedGateIsRedAndThereAreJudges_TheyAreAskedAndThenAPerson()
    {
        var spec = Sample.Spec(
            Sample.Gate("tests") with
            {
                Canary = None,
            },
            Pass(reruns: 1) with
            {
                Flaky = Quarantine(1),
            },
            Judges.Gate(1, 1)
        );
        var history = History
            .InAttempt(
                Sample.Created(spec, ("make", Sample.Model), ("judge", Judges.Model)),
                Sample.Imported with
                {
                    Strength = StrengthRules.Version,
                }
            )
            .Gate(GateOutcome.Failed);
        history.Claims("t1").Gate(GateOutcome.Passed).Gate(GateOutcome.Failed).Gate(GateOutcome.Failed).Briefed();
        System
            .Text.Encoding.UTF8.GetString(history.Then<CallModel>().Body.Span)
            .ShouldContain("gate 'old' is red: it is known to be flaky");

        history.Judged(Judges.Approve);

        history.State.Status.ShouldBe(LoopStatus.Waiting);
        history.State.Approval!.Asked.Reasons.ShouldNotBeNull().ShouldHaveSingleItem().ShouldContain("gate 'old' is in quarantine");
    }

    [Fact]
    public void Next_ReviewRefused_FailsTheAttemptAndTheMakerIsToldWhy()
    {
        var history = FlakyOnChange(Pass(reruns: 1)).Gate(GateOutcome.Passed);
        history.Given(new ApprovalGiven("a", history.State.Approval!.Seq, "ann", false, "seed the generator")).Decide();
        history.State.IsTerminal.ShouldBeFalse();
        history.State.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldBe("ann refused the change: seed the generator");
        var told = System.Text.Encoding.UTF8.GetString(history.Then<CallModel>().Body.Span);
        told.ShouldContain("seed the generator");
        told.ShouldContain("is flaky: on the same files it was red 1 time and green 1 time");
    }

    [Fact]
    public void Next_GateThatMustBeRedIsGreenOnTheBaseByChance_TheTaskIsRejected() =>
        Strong(Flaky(2) with { Canary = None })
            .Says("done")
            .Gate(GateOutcome.Failed)
            .Gate(GateOutcome.Passed)
            .Gate(GateOutcome.Failed)
            .Gate(GateOutcome.Passed)
            .ThenStopped(LoopStatus.Rejected, "gate 'tests' is flaky on the base: red 2 times and green 1 time without any change");

    [Fact]
    public void Next_GateThatIsRedOnTheBaseEachTime_PassesAndWhoseFlakinessItIsStaysUnknown()
    {
        var history = Strong(Flaky() with { Canary = None }).Says("done").Gate(GateOutcome.Failed).Gate(GateOutcome.Passed);
        history.Gate(GateOutcome.Failed).Then<Prove>();
        FlakeRules.OriginOf(history.State, history.State.Spec.Gates[0]).ShouldBe(FlakeOrigin.Unknown);
    }

    [Fact]
    public void Discover_QuarantineAllowed_MeasuresTheBaseBeforeATokenIsSpent()
    {
        var history = Quarantined();
        FlakeRules.IsQuarantined(history.State, history.State.Spec.Gates[1]).ShouldBeTrue();
        history.State.Stage.ShouldBe(LoopStage.Execute);
        history.State.Spend.Turns.ShouldBe(0);
    }

    [Fact]
    public void Discover_SteadyOnTheBase_IsNotQuarantinedAndItsRedCounts()
    {
        var history = Strong(Sample.Gate("tests") with { Canary = None }, Pass(reruns: 1) with { Flaky = Quarantine(1) });
        history.Gate(GateOutcome.Passed).Says("done").Gate(GateOutcome.Passed).Gate(GateOutcome.Failed).Gate(GateOutcome.Failed);
        history.State.FailedAttempts.ShouldHaveSingleItem().Flaky.ShouldBe("old");
    }

    [Fact]
    public void Next_QuarantinedGateStaysRed_DoesNotFailTheChangeButAPersonIsAsked()
    {
        var history = Quarantined().Says("done").Gate(GateOutcome.Passed).Gate(GateOutcome.Failed).Gate(GateOutcome.Failed);
        history.State.FailedAttempts.ShouldBeEmpty();
        history.State.Status.ShouldBe(LoopStatus.Waiting);
        history
            .State.Approval!.Asked.Reasons.ShouldNotBeNull()
            .ShouldHaveSingleItem()
            .ShouldContain("gate 'old' is in quarantine (on the base red 1 time and green 1 time) and was red 2 times on the change");
        history.Given(new ApprovalGiven("a", history.State.Approval.Seq, "ann", true)).Then<Prove>();
        GatedTree.Of(history.State).ShouldBe(history.State.Workspace.Tree);
    }

    [Fact]
    public void Next_QuarantinedGateIsGreenAgain_PassesWithoutAPerson() =>
        Quarantined().Says("done").Gate(GateOutcome.Passed).Gate(GateOutcome.Failed).Gate(GateOutcome.Passed).Then<Prove>();

    [Fact]
    public void Next_QuarantinedGateIsSteered_FailsTheAttempt() =>
        Quarantined()
            .Says("done")
            .Gate(GateOutcome.Passed)
            .Gate(GateOutcome.Steered)
            .State.FailedAttempts.ShouldHaveSingleItem()
            .Reason.ShouldContain("steers gate 'old'");

    private static readonly Dictionary<string, string> None = [];

    private static FlakySpec Quarantine(int reruns) => new(reruns) { Quarantine = true };

    private static CommandGate Pass(int reruns) =>
        Sample.Gate("old") with
        {
            Baseline = GateBaseline.Pass,
            Flaky = new FlakySpec(reruns),
            Canary = None,
        };

    private static History Strong(params CommandGate[] gates) =>
        History.InAttempt(Sample.Created(Sample.Spec([.. gates])), Sample.Imported with { Strength = StrengthRules.Version });

    /// <summary>The gate that must be green was red, then green on the change.</summary>
    private static History FlakyOnChange(CommandGate old) =>
        Strong(Sample.Gate("tests") with { Canary = None }, old)
            .Says("done")
            .Gate(GateOutcome.Passed)
            .Gate(GateOutcome.Failed)
            .Gate(GateOutcome.Passed);

    /// <summary>On the base it was green, then red.</summary>
    private static History Quarantined() =>
        Strong(Sample.Gate("tests") with { Canary = None }, Pass(reruns: 1) with { Flaky = Quarantine(1) }).Gate(GateOutcome.Failed);
}
