using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class ReconcileTests
{
    [Fact]
    public void Next_ModelCallLost_SettlesTheWholeReservationAndAsksAnew()
    {
        var history = History.InAttempt();
        var lost = history.Asked().Request;

        history.Crashed().Decide();

        history.State.Spend.Tokens.ShouldBe(lost.Reserved.TokensIn + lost.Reserved.TokensOut);
        history.State.Spend.Cost.ShouldBe(lost.Reserved.Cost);
        history.State.Spend.Turns.ShouldBe(0);
        history
            .Then<CallModel>()
            .Request.ShouldSatisfyAllConditions(
                r => r.Turn.ShouldBe(0),
                r => r.Try.ShouldBe(2),
                r => r.RequestHash.ShouldBe(lost.RequestHash)
            );
    }

    [Fact]
    public void Next_ModelCallLostFiftyTimes_SaysNothingAboutTheModel()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 50; i++)
        {
            history.Asked();
            history.Crashed().Decide();
        }

        history.Then<CallModel>().NotBefore.ShouldBeLessThanOrEqualTo(history.State.UpdatedAt);
        history.Replied(Sample.Call("shell")).Ran().Then<CallModel>();
    }

    [Fact]
    public void Next_ModelCallsLostForEver_EndWithTheBudget()
    {
        var history = History.InAttempt();
        for (var i = 0; i < 1000 && !history.State.IsTerminal; i++)
        {
            history.Asked();
            history.Crashed().Decide();
        }

        history.ThenStopped(LoopStatus.BudgetExhausted, "tokens: 2000000 allowed");
        history.State.Spend.Tokens.ShouldBeLessThanOrEqualTo(2_000_000);
    }

    [Theory]
    [InlineData(EffectClass.Pure)]
    [InlineData(EffectClass.Workspace)]
    public void Next_ToolLost_RunsAgainUnderItsOldIntent(EffectClass effect)
    {
        var history = History.InAttempt().Replied(Sample.Call(effect == EffectClass.Pure ? "read_file" : "shell"));
        history.Admitted(effect);
        var reserved = history.State.Spend.ReservedSeconds;

        var again = history.Crashed().Then<RunTool>();

        again.Intent.ShouldBe(again.Request);
        history.Given(again.Intent!).Then<InFlight>().Open.ShouldBe(again.Request);
        history.State.Spend.ReservedSeconds.ShouldBe(reserved);
    }

    [Fact]
    public void Next_ExternalToolLost_IsNotRepeatedAndTheModelIsTold()
    {
        var history = History.InAttempt(Sample.Reaching()).Replied(Sample.Call("shell"));
        history.Admitted(EffectClass.External);

        history.Crashed().Decide();

        history.State.Spend.SandboxSeconds.ShouldBe(1 + Sample.Reaching().Sandbox.Timeout.Value.TotalSeconds);
        Bodies.TextOf(history.Then<CallModel>()).ShouldContain("the outcome of this call is unknown");
    }

    [Fact]
    public void Next_GateLost_RunsAgain()
    {
        var history = History.InAttempt().Claims("t1");
        var lost = history.Then<RunGate>();
        history.Given(lost.Intent!).Crashed().Then<RunGate>().Start.ShouldBe(lost.Start);
        history.Gate(GateOutcome.Passed).Then<Prove>();
    }

    [Fact]
    public void Next_CancelledWhileADriverIsGone_RecordsWhatRanThenStops()
    {
        var history = History.InAttempt().Claims("t1");
        history.Given(history.Then<RunGate>().Intent!).Crashed().Given(new CancelRequested("s", "ann", ""));

        history.Then<Record>().Intent.ShouldBeOfType<GateCompleted>().Outcome.ShouldBe(GateOutcome.Aborted);
        history.Decide().ThenStopped(LoopStatus.Cancelled, "cancelled by ann");
        history.State.Spend.ReservedSeconds.ShouldBe(0);
    }

    [Fact]
    public void Next_PrepareLost_PreparesAgainUnderItsOldIntent()
    {
        var history = History.Of(Sample.Spec() with { Prepare = new PrepareSpec { Run = "make deps" } }).Decide();
        var lost = history.Then<PrepareBase>();
        history.Given(lost.Intent!).After(7).Crashed().Then<PrepareBase>().Intent.ShouldBe(lost.Start);
        history.State.Spend.SandboxSeconds.ShouldBeInRange(7, 8, "what the lost run may have used is charged");
        history.Prepared().Then<RunGate>();
    }

    [Fact]
    public void Next_CancelledWhilePrepareIsOpen_SettlesWhatWasHeldBack()
    {
        var history = History.Of(Sample.Spec() with { Prepare = new PrepareSpec { Run = "make deps" } }).Decide();
        history.Given(history.Then<PrepareBase>().Intent!).Crashed().Given(new CancelRequested("s", "ann", ""));

        history.Then<Record>().Intent.ShouldBeOfType<PrepareFailed>().End.ShouldBe(RunEnd.CutOff);
        history.Decide().ThenStopped(LoopStatus.Cancelled, "cancelled by ann");
        history.State.Spend.ReservedSeconds.ShouldBe(0);
    }
}
