using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
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
        history.Then<CallModel>().Request.ShouldSatisfyAllConditions(r => r.Turn.ShouldBe(0), r => r.Try.ShouldBe(2), r => r.RequestHash.ShouldBe(lost.RequestHash));
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
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.Admitted(effect, reserved: 30);

        var again = history.Crashed().Then<RunTool>();

        again.Intent.ShouldBe(again.Request);
        history.Given(again.Intent!).Then<RunTool>().Intent.ShouldBeNull();
        history.State.Spend.ReservedSeconds.ShouldBe(30);
    }

    [Fact]
    public void Next_ExternalToolLost_IsNotRepeatedAndTheModelIsTold()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell"));
        history.Admitted(EffectClass.External, reserved: 30);

        history.Crashed().Decide();

        history.State.Spend.SandboxSeconds.ShouldBe(31);
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
    public void Next_PrepareLost_PreparesAgain() => History.Of().Decide().Crashed().Then<PrepareBase>();
}
