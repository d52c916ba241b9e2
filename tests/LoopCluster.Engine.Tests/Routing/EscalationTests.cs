using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Routing;

/// <summary>One tier up when the cheap one gets nowhere, one down when it goes on, never above what can be paid for.</summary>
public class EscalationTests
{
    [Fact]
    public void Next_FirstRequest_GoesToTheFirstModelOfTheFirstTier() =>
        Tiers.Told(Tiers.InAttempt()).ShouldBe(("cheap", "small", RouteCause.Configured));

    [Fact]
    public void Next_TwoAttemptsWithOneSignature_IsATierUp()
    {
        var history = Tiers.InAttempt();
        history.Claims("t1").Gate(GateOutcome.Failed, "line 12: no");
        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Configured));
        history.Claims("t2").Gate(GateOutcome.Failed, "line 31: no");
        Tiers.Told(history).ShouldBe(("dear", "large", RouteCause.SameFailure));

        // It stays there, for the same reason.
        history.Replied(Sample.Call("shell")).Ran();
        Tiers.Told(history).ShouldBe(("dear", "large", RouteCause.SameFailure));
    }

    [Fact]
    public void Next_TwoAttemptsWithOtherSignatures_Stays()
    {
        var history = Tiers.InAttempt();
        history.Claims("t1").Gate(GateOutcome.Failed, "no colon");
        history.Claims("t2").Gate(GateOutcome.Failed, "no module");
        Tiers.Told(history).Tier.ShouldBe("small");
    }

    [Fact]
    public void Next_SameFailureOfAFlakyGate_Stays()
    {
        var gate = Sample.Gate("tests") with { Flaky = new FlakySpec { Reruns = 1 } };
        var history = Tiers.InAttempt(Sample.Spec(gate));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            history.Claims($"t{attempt}").Gate(GateOutcome.Failed, "no").Gate(GateOutcome.Failed, "no");
        }

        Tiers.Told(history).Tier.ShouldBe("small");
    }

    [Fact]
    public void Next_SameActionInTheCheapTier_AsksTheDearOneBeforeItEndsAsStuck()
    {
        var spec = Sample.Spec() with { Stuck = new StuckLimits { SameAction = 3 } };
        var history = Tiers.InAttempt(spec);
        Repeat(history);
        Tiers.Told(history).ShouldBe(("dear", "large", RouteCause.Stuck));

        // It has as many tries of its own.
        Repeat(history);
        history.ThenStopped(LoopStatus.Stuck, "same action");
    }

    [Fact]
    public void Next_AttemptsStuckOnOneError_HaveTheTierAboveTriedFirst()
    {
        // The cheap tier is left for the same failure; the dear one then is stuck by its own attempts alone.
        var spec = Sample.Spec() with
        {
            Stuck = new StuckLimits { SameError = 3 },
            Budget = new BudgetLimits { Attempts = 9 },
        };
        var history = Tiers.InAttempt(spec);
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            history.Claims($"t{attempt}").Gate(GateOutcome.Failed, "no");
        }

        Tiers.Told(history).ShouldBe(("dear", "large", RouteCause.SameFailure));
        history.Claims("t5").Gate(GateOutcome.Failed, "no");
        history.ThenStopped(LoopStatus.Stuck, "3 attempts in a row failed with the same error");
    }

    [Fact]
    public void Next_AttemptOnTheFilesOfAnEarlierOne_HasTheTierAboveTriedFirst()
    {
        var history = Tiers.InAttempt();
        history.Claims("t1").Gate(GateOutcome.Failed, "no colon");
        history.Claims("t1");
        history.State.Status.ShouldBe(LoopStatus.Running);
        Tiers.Told(history).Tier.ShouldBe("large");
    }

    [Fact]
    public void Next_TurnsWithoutProgressOfTheFailingCount_IsATierUp()
    {
        var history = Tiers.InAttempt(Sample.Spec() with { Budget = new BudgetLimits { Attempts = 9 } });
        Tiers.Fails(history.Claims("t1"), failing: 5);
        Tiers.Fails(history.Claims("t2"), failing: 7);
        // Two looks that were no better, and two turns only.
        Tiers.Told(history).Tier.ShouldBe("small");
        history.Replied(Sample.Call("read_file", """{"x":"a"}""")).Ran("a").Replied(Sample.Call("read_file", """{"x":"b"}""")).Ran("b");
        Tiers.Fails(history.Claims("t3"), failing: 6);
        Tiers.Told(history).ShouldBe(("dear", "large", RouteCause.NoProgress));
    }

    [Fact]
    public void Next_MakersOwnRunOfTheGate_CountsAsALook()
    {
        var history = Tiers.InAttempt();
        for (var run = 0; run < 4; run++)
        {
            Tiers.Told(history).Tier.ShouldBe("small");
            history.Replied(Sample.Call("shell", $$"""{"command":"cd . && run tests","x":"{{run}}"}""")).Ran(Unittest(3));
        }

        Tiers.Told(history).ShouldBe(("dear", "large", RouteCause.NoProgress));
        history.Replied(Sample.Call("shell", """{"command":"run tests"}""")).Ran(Unittest(1));
        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Progress));
    }

    [Fact]
    public void Next_OtherCommandsOutput_IsNoLook()
    {
        var history = Tiers.InAttempt();
        for (var run = 0; run < 6; run++)
        {
            history.Replied(Sample.Call("shell", $$"""{"command":"python -m unittest one","x":"{{run}}"}""")).Ran(Unittest(3));
        }

        Tiers.Told(history).Tier.ShouldBe("small");
    }

    [Fact]
    public void Next_BetterCountInTheDearTier_IsATierDown()
    {
        var history = Tiers.InAttempt();
        Tiers.Fails(history.Claims("t1"), 5, output: "no");
        Tiers.Fails(history.Claims("t2"), 5, output: "no");
        Tiers.Told(history).Tier.ShouldBe("large");
        Tiers.Fails(history.Claims("t3"), 5, output: "other");
        Tiers.Told(history).ShouldBe(("dear", "large", RouteCause.SameFailure));
        Tiers.Fails(history.Claims("t4"), 2, output: "else");
        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Progress));
    }

    [Fact]
    public void Next_LaterGateReached_IsProgress()
    {
        var history = Tiers.InAttempt(Sample.Spec(Sample.Gate("build"), Sample.Gate("tests")));
        history.Claims("t1").Gate(GateOutcome.Failed, "no").Claims("t2").Gate(GateOutcome.Failed, "no");
        Tiers.Told(history).Tier.ShouldBe("large");
        history.Claims("t3").Gate(GateOutcome.Passed).Gate(GateOutcome.Failed, "tests");
        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Progress));
    }

    [Fact]
    public void Next_DearTierAboveTheBudget_IsNotAsked()
    {
        var history = Tiers.InAttempt(
            Sample.Spec() with
            {
                Budget = new BudgetLimits { Cost = 0.1m, Attempts = 9 },
            }
        );
        history.Claims("t1").Gate(GateOutcome.Failed, "no").Claims("t2").Gate(GateOutcome.Failed, "no");
        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Configured));

        // Where the loop would be stuck, it is.
        history.Claims("t3").Gate(GateOutcome.Failed, "no");
        history.ThenStopped(LoopStatus.Stuck, "same error");
    }

    [Fact]
    public void Next_BudgetRunsShortInTheDearTier_GoesBackToTheCheapOne()
    {
        var history = Tiers.InAttempt(
            Sample.Spec() with
            {
                Budget = new BudgetLimits { Cost = 0.25m, Attempts = 9 },
            }
        );
        history.Claims("t1").Gate(GateOutcome.Failed, "no").Claims("t2").Gate(GateOutcome.Failed, "no");
        Tiers.Told(history).Tier.ShouldBe("large");
        for (var turn = 0; Tiers.Told(history).Tier == "large"; turn++)
        {
            turn.ShouldBeLessThan(40);
            history.Asked();
            var usage = new Usage(1000, 10);
            var reply = History.Reply(Sample.Call("shell", $$"""{"x":{{turn}}}"""));
            history.Given(reply with { Cost = Reservations.CostOf(Tiers.Dear.Price, usage) }).Decide().Ran($"{turn}");
        }

        Tiers.Told(history).ShouldBe(("cheap", "small", RouteCause.Budget));
    }

    [Fact]
    public void Next_GoalOverTheCheapWindow_IsCaughtBeforeTheCallAndAskedAbove()
    {
        var spec = Sample.Spec() with { Goal = new string('x', 6000) };
        var small = Tiers.Cheap with { Window = 2048, MaxTokens = 512 };
        var created = Tiers.Created(spec, cheap: small) with
        {
            Tiers = new Dictionary<string, IReadOnlyList<ModelTier>>
            {
                ["make"] = [new ModelTier("small", ["make"]), new ModelTier("large", ["make@2.1"])],
            },
        };

        Tiers.Told(History.InAttempt(created)).ShouldBe(("dear", "large", RouteCause.Window));
    }

    [Fact]
    public void Fork_InTheDearTier_GoesOnThere()
    {
        var parent = Tiers.InAttempt();
        parent.Claims("t1").Gate(GateOutcome.Failed, "no").Claims("t2").Gate(GateOutcome.Failed, "no");
        parent.Replied(Sample.Call("shell")).Ran();

        Tiers.Told(History.ForkOf(parent.State).Decide()).ShouldBe(("dear", "large", RouteCause.SameFailure));
    }

    [Fact]
    public void Turn_OfEachModel_IsItsOwnPosition()
    {
        var history = Tiers.InAttempt();
        history.Claims("t1").Gate(GateOutcome.Failed, "no").Claims("t2").Gate(GateOutcome.Failed, "no");
        history.Then<CallModel>().Request.Turn.ShouldBe(0);
        history.Replied(Sample.Call("shell")).Ran();
        history.Then<CallModel>().Request.Turn.ShouldBe(1);
        history.State.Agents[AgentNames.Make].Turn.ShouldBe(3);
    }

    private static void Repeat(History history)
    {
        for (var step = 0; step < 3; step++)
        {
            history.Replied(Sample.Call("shell")).Ran();
        }
    }

    private static string Unittest(int failing) => $"Ran 9 tests in 0.1s\n\nFAILED (failures={failing})\n";
}
