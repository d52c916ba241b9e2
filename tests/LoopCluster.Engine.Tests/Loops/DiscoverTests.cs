using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class DiscoverTests
{
    [Fact]
    public void Next_NewLoop_PreparesTheBaseThenRunsEveryGateOnIt()
    {
        var history = History.Of(Sample.Spec(Sample.Gate("a"), Sample.Gate("b"))).Prepared();

        history.Then<RunGate>().Start.ShouldSatisfyAllConditions(
            s => s.Gate.ShouldBe("a"), s => s.Phase.ShouldBe(GatePhase.Baseline), s => s.Tree.ShouldBe(Sample.BaseTree), s => s.ReservedSeconds.ShouldBe(60));
        history.Gate(GateOutcome.Failed).Then<RunGate>().Start.Gate.ShouldBe("b");
        history.Gate(GateOutcome.Failed).Then<CallModel>();
        history.State.Spend.Tokens.ShouldBe(0);
    }

    [Theory]
    [InlineData(GateBaseline.Red, GateOutcome.Passed, LoopStatus.Rejected, "already passes on the base")]
    [InlineData(GateBaseline.Pass, GateOutcome.Failed, LoopStatus.Rejected, "declared 'baseline: pass' but fails")]
    [InlineData(GateBaseline.Red, GateOutcome.NotRun, LoopStatus.GateUnavailable, "did not run on the base (exit code 127)")]
    [InlineData(GateBaseline.Red, GateOutcome.Timeout, LoopStatus.GateUnavailable, "did not end within 1m")]
    [InlineData(GateBaseline.Pass, GateOutcome.OutOfMemory, LoopStatus.GateUnavailable, "ran out of memory")]
    public void Next_GateNotAsDeclaredOnBase_StopsBeforeAToken(GateBaseline baseline, GateOutcome outcome, LoopStatus status, string reason) =>
        History.Of(Sample.Spec(Sample.Gate("tests") with { Baseline = baseline })).Prepared().Gate(outcome).ThenStopped(status, reason);

    [Fact]
    public void Next_PrepareFailed_StopsWithItsMessage()
    {
        var history = History.Of().Decide();
        history.Then<PrepareBase>();
        history.Given(new PrepareFailed("pip found nothing", null)).Decide().ThenStopped(LoopStatus.GateUnavailable, "pip found nothing");
    }

    [Fact]
    public void Next_GateUnavailableThreeTimes_WaitsBetweenThenStops()
    {
        var history = History.Of().Prepared();
        history.Then<RunGate>().NotBefore.ShouldBe(default);

        history.Gate(GateOutcome.Unavailable, "no engine");
        var second = history.Then<RunGate>();
        second.Start.Try.ShouldBe(2);
        second.NotBefore.ShouldBeGreaterThan(history.State.UpdatedAt);

        history.Gate(GateOutcome.Unavailable, "no engine").Gate(GateOutcome.Unavailable, "no engine").ThenStopped(LoopStatus.GateUnavailable, "no engine");
    }

    [Fact]
    public void Next_SpecWantsAPlan_AsksThePlannerOnceAndShowsThePlan()
    {
        var history = History.InAttempt(Sample.Spec() with { Plan = true });
        history.State.Stage.ShouldBe(LoopStage.Plan);
        history.Then<CallModel>().Request.Role.ShouldBe(ModelRoles.Plan);

        history.Says("1. look 2. fix");

        var call = history.Then<CallModel>();
        call.Request.Role.ShouldBe(ModelRoles.Make);
        call.Request.Turn.ShouldBe(0, "a script's position is counted by role");
        System.Text.Encoding.UTF8.GetString(call.Body.Span).ShouldContain("1. look 2. fix");
    }
}
