using LoopCluster.Engine.Agents;
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

        history
            .Then<RunGate>()
            .Start.ShouldSatisfyAllConditions(
                s => s.Gate.ShouldBe("a"),
                s => s.Phase.ShouldBe(GatePhase.Baseline),
                s => s.Tree.ShouldBe(Sample.BaseTree),
                s => s.ReservedSeconds.ShouldBe(60)
            );
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
    public void Next_GateNotAsDeclaredOnBase_StopsBeforeAToken(
        GateBaseline baseline,
        GateOutcome outcome,
        LoopStatus status,
        string reason
    ) => History.Of(Sample.Spec(Sample.Gate("tests") with { Baseline = baseline })).Prepared().Gate(outcome).ThenStopped(status, reason);

    [Theory]
    [InlineData(GateBaseline.Red, GateOutcome.Failed)]
    [InlineData(GateBaseline.Pass, GateOutcome.Failed)]
    [InlineData(GateBaseline.Red, GateOutcome.NotRun)]
    public void Next_ToolMissingBehindAFailure_IsNoRed(GateBaseline baseline, GateOutcome outcome)
    {
        var history = History.Of(Sample.Spec(Sample.Gate("tests") with { Baseline = baseline })).Prepared();
        var gate = history.Then<RunGate>();
        var failed = History.Completed(gate.Start, outcome, "No module named pytest") with
        {
            Missing = new MissingTool("pytest", "/usr/bin/python3: No module named pytest"),
        };

        history.Given(gate.Intent!).Given(failed).Decide();

        history.ThenStopped(LoopStatus.GateUnavailable, "pytest is missing in the sandbox (/usr/bin/python3: No module named pytest)");
    }

    [Fact]
    public void Next_NoEvidenceOnBase_IsRedEnoughAndNoPass()
    {
        var gate = Sample.Gate("tests") with { Evidence = "ran" };
        History.Of(Sample.Spec(gate)).Prepared().Gate(GateOutcome.NoEvidence).Then<CallModel>();
        History
            .Of(Sample.Spec(gate with { Baseline = GateBaseline.Pass }))
            .Prepared()
            .Gate(GateOutcome.NoEvidence)
            .ThenStopped(LoopStatus.GateUnavailable, "does not match its evidence /ran/");
    }

    [Fact]
    public void Next_FlakyGateThatMustPassOnBase_IsRunAgainBeforeTheTaskIsRefused()
    {
        var gate = Sample.Gate("guard") with { Baseline = GateBaseline.Pass, Flaky = new FlakySpec(1) };
        var history = History.Of(Sample.Spec(gate, Sample.Gate("tests"))).Prepared().Gate(GateOutcome.Failed);
        history.Then<RunGate>().Start.Rerun.ShouldBe(1);
        history.Gate(GateOutcome.Passed).Then<RunGate>().Start.Gate.ShouldBe("tests");

        History
            .Of(Sample.Spec(gate))
            .Prepared()
            .Gate(GateOutcome.Failed)
            .Gate(GateOutcome.Failed)
            .ThenStopped(LoopStatus.Rejected, "declared 'baseline: pass' but fails");
    }

    [Fact]
    public void Next_PrepareFailed_StopsWithItsMessage()
    {
        var history = History.Of(Sample.Spec() with { Prepare = new PrepareSpec { Run = "pip install" } }).Decide();
        history.Given(history.Then<PrepareBase>().Intent!);
        history
            .Given(new PrepareFailed("pip found nothing", null) { ExitCode = 1 })
            .Decide()
            .ThenStopped(LoopStatus.GateUnavailable, "pip found nothing");
    }

    [Fact]
    public void Next_SpecWantsAPlan_AsksThePlannerOnceAndShowsThePlan()
    {
        var history = History.InAttempt(Sample.Spec() with { Plan = true });
        history.State.Stage.ShouldBe(LoopStage.Plan);
        history.Then<CallModel>().Request.Agent.ShouldBe(AgentNames.Plan);

        history.Says("1. look 2. fix");

        var call = history.Then<CallModel>();
        call.Request.Agent.ShouldBe(AgentNames.Make);
        call.Request.Turn.ShouldBe(0, "a script's position is counted by role");
        System.Text.Encoding.UTF8.GetString(call.Body.Span).ShouldContain("1. look 2. fix");
    }
}
