using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class BudgetTests
{
    [Fact]
    public void Next_TokensRunLow_LowersMaxTokensThenStops()
    {
        var history = History.InAttempt(Sample.Spec() with { Budget = new BudgetLimits { Tokens = 9000 } });
        var full = history.Then<CallModel>().Request;
        full.MaxTokens.ShouldBe(4096);
        history.Asked();
        history.Given(History.Reply(Sample.Call("shell")) with { Usage = new Usage(4000, 500) }).Ran();

        var lowered = history.Then<CallModel>();
        lowered.Request.MaxTokens.ShouldBeInRange(512, 4095);
        ChatCheck.Valid(lowered);
        history.Asked();
        history
            .Given(History.Reply(Sample.Call("shell", "{\"x\":\"1\"}")) with { Usage = new Usage(lowered.Request.Reserved.TokensIn, 500) })
            .Ran()
            .ThenStopped(LoopStatus.BudgetExhausted, "tokens: 9000 allowed");
        history.State.Spend.Tokens.ShouldBeLessThanOrEqualTo(9000);
    }

    [Fact]
    public void Next_TurnsUsedUp_Stops()
    {
        var history = History.InAttempt(Sample.Spec() with { Budget = new BudgetLimits { Turns = 1 } });
        history.Replied(Sample.Call("shell")).Ran().ThenStopped(LoopStatus.BudgetExhausted, "turns: 1 allowed, all used");
    }

    [Fact]
    public void Apply_BillAboveTheReservation_IsCountedRecordedAndHalts()
    {
        var history = History.InAttempt();
        var reserved = history.Asked().Request.Reserved;
        history.Given(History.Reply() with { Usage = new Usage(reserved.TokensIn + 1, reserved.TokensOut), Cost = 0 });

        history.Then<Record>().Intent.ShouldBeOfType<BudgetOverrun>().What.ShouldBe("tokens");
        history.Decide().ThenStopped(LoopStatus.BudgetExhausted, "tokens: the bill of");
        history.State.Spend.TokensIn.ShouldBe(reserved.TokensIn + 1);
    }

    [Fact]
    public void Apply_CostAboveTheReservation_Halts()
    {
        var history = History.InAttempt();
        var reserved = history.Asked().Request.Reserved;
        history
            .Given(History.Reply() with { Cost = reserved.Cost + 0.5m })
            .Decide()
            .ThenStopped(LoopStatus.BudgetExhausted, "cost: the bill of");
    }

    [Fact]
    public void Apply_NegativeOrEndlessBill_GivesNothingBack()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell")).Ran();
        var before = history.State.Spend;
        history.Asked();
        history.Given(History.Reply(Sample.Call("shell")) with { Usage = new Usage(-1_000_000, -5, -7), Cost = -3m });
        history.State.Spend.ShouldSatisfyAllConditions(
            s => s.TokensIn.ShouldBe(before.TokensIn),
            s => s.TokensOut.ShouldBe(before.TokensOut),
            s => s.TokensCached.ShouldBe(before.TokensCached),
            s => s.Cost.ShouldBe(before.Cost)
        );

        history.Ran("other").Asked();
        history
            .Given(History.Reply() with { Usage = new Usage(long.MaxValue, long.MaxValue), Cost = 0 })
            .Decide()
            .ThenStopped(LoopStatus.BudgetExhausted, "tokens");
        history.State.Spend.Tokens.ShouldBeGreaterThan(2_000_000);
    }

    [Fact]
    public void Next_HostWithAnotherCulture_DecidesTheSameBytes()
    {
        var spec = Sample.Spec() with
        {
            Budget = new BudgetLimits { SandboxSeconds = 2.5, Cost = 0.000_1m },
        };
        var here = History.InAttempt(spec).State.StopReason;
        var culture = (System.Globalization.CultureInfo)System.Globalization.CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "~";
        var before = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            System.Globalization.CultureInfo.CurrentCulture = culture;
            History.InAttempt(spec).State.StopReason.ShouldBe(here);
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }

        here.ShouldNotBeNull().ShouldContain("cost: 0.0001 allowed");
    }

    [Fact]
    public void Apply_PrepareTookLongerThanWasHeldBack_IsChargedThat()
    {
        var history = History
            .Of(
                Sample.Spec() with
                {
                    Prepare = new PrepareSpec { Run = "make" },
                    Budget = new BudgetLimits { SandboxSeconds = 10 },
                }
            )
            .Decide();
        history.Then<PrepareBase>().Start.ReservedSeconds.ShouldBe(10);
        history
            .Given(history.Next.Intent!)
            .Given(new BasePrepared("i", null, 99))
            .Decide()
            .ThenStopped(LoopStatus.BudgetExhausted, "sandboxSeconds: 10 allowed, 10 used");
    }
}
