using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class AllotmentTests
{
    private static readonly DateOnly Today = new(2026, 1, 2);

    [Fact]
    public void Next_TenantWithoutCeilings_AsksAtOnce() => History.InAttempt().Then<CallModel>();

    [Fact]
    public void Next_TenantWithCeilings_DrawsBeforeItAsks()
    {
        var history = Accounted();

        var draw = history.Then<DrawAllotment>().Draw;

        (draw.Need.Tokens, draw.Wish.Tokens, draw.Before).ShouldSatisfyAllConditions(
            d => d.Item1.ShouldBeLessThan(d.Item2),
            d => d.Item3.ShouldBeNull()
        );
        Drawn(history, draw.Wish).Then<CallModel>().Request.MaxTokens.ShouldBe(4096);
    }

    [Fact]
    public void Next_AllotmentCoversTheNextCall_DrawsNoOther()
    {
        var history = Drawn(Accounted(), new SpendAmount(1_000_000, 100m));
        history.Replied(Sample.Call("shell")).Ran().Then<CallModel>();

        history.State.Allotment!.Spent.ShouldBe(new SpendAmount(history.State.Spend.Tokens, history.State.Spend.Cost));
    }

    [Fact]
    public void Next_GrantIsBelowTheWish_LowersTheReply()
    {
        var history = Accounted();
        var draw = history.Then<DrawAllotment>().Draw;
        var less = draw.Need + new SpendAmount(100, 0.001m);

        var call = Drawn(history, less).Then<CallModel>();

        call.Request.MaxTokens.ShouldBeInRange(512, 700);
        less.Covers(new SpendAmount(call.Request.Reserved.TokensIn + call.Request.Reserved.TokensOut, call.Request.Reserved.Cost))
            .ShouldBeTrue();
    }

    [Fact]
    public void Next_AllotmentIsSpent_ExchangesIt()
    {
        var history = Accounted();
        Drawn(history, history.Then<DrawAllotment>().Draw.Wish);
        history.Replied(Sample.Call("shell")).Ran();

        var draw = history.Then<DrawAllotment>().Draw;

        draw.Before.ShouldBe(history.State.Allotment);
        draw.Before!.Spent.Tokens.ShouldBePositive();
    }

    [Fact]
    public void Refused_OthersHoldIt_IsAskedForAgainLater()
    {
        var history = Accounted();
        var draw = history.Then<DrawAllotment>();
        history.Given(draw.Intent!).Given(new AllotmentRefused(draw.Draw.Lease, "nothing is left", Held: true));

        var again = history.Then<DrawAllotment>();

        again.NotBefore.ShouldBeGreaterThan(history.State.UpdatedAt);
        again.Draw.Lease.ShouldNotBe(draw.Draw.Lease);
        OutageRules.DeadlineStands(history.State).ShouldBeTrue();
    }

    [Fact]
    public void Refused_NothingWillComeBack_ParksAndGoesOnWhenTakenUp()
    {
        var history = Accounted();
        var draw = history.Then<DrawAllotment>();
        history.Given(draw.Intent!).Given(new AllotmentRefused(draw.Draw.Lease, "the day's is spent", Held: false)).Decide();

        (history.State.Status, history.State.StopReason).ShouldBe((LoopStatus.Parked, "the day's is spent"));
        history.Given(new DriverStarted(3, "there") { Account = true }).Then<DrawAllotment>();
    }

    /// <summary>Another driver holds nothing: it gives back what the one before it held, and draws.</summary>
    [Fact]
    public void Next_AnotherDriver_ExchangesWhatTheOneBeforeHeld()
    {
        var history = Drawn(Accounted(), new SpendAmount(1_000_000, 100m));
        history.Replied(Sample.Call("shell")).Ran().Given(new DriverStarted(3, "there") { Account = true });

        var before = history.Then<DrawAllotment>().Draw.Before.ShouldNotBeNull();

        (before.IsReturned, before.Spent.Tokens).ShouldBe((true, history.State.Spend.Tokens));
    }

    /// <summary>What is spent on a day is of that day's ceiling.</summary>
    [Fact]
    public void Next_AllotmentIsOfYesterday_IsExchanged()
    {
        var history = Drawn(Accounted(), new SpendAmount(1_000_000, 100m));
        history.Replied(Sample.Call("shell")).After(86_400).Ran();

        history.Then<DrawAllotment>().Draw.Before!.Day.ShouldBe(Today);
    }

    [Fact]
    public void Broken_AccountIsAway_IsAnOutageOfTheBudgetAndTheOldAllotmentIsNotSpent()
    {
        var history = Accounted();
        Drawn(history, history.Then<DrawAllotment>().Draw.Wish);
        history.Replied(Sample.Call("shell")).Ran();
        history.Given(history.Then<DrawAllotment>().Intent!).Given(new InfrastructureFailed("budget-unavailable", "no answer"));

        (history.State.Outage!.Of, history.State.Allotment!.IsReturned).ShouldBe((OutageOf.Budget, true));
        history.Then<DrawAllotment>();
    }

    [Fact]
    public void Rest_AllotmentIsOpen_IsGivenBackOnce()
    {
        var history = Drawn(Accounted(), new SpendAmount(1_000_000, 100m));
        history.Replied(Sample.Call("shell")).Ran().Given(new PauseRequested("p1", "ann", ""));

        var returned = history.Then<Record>().Intent.ShouldBeOfType<AllotmentReturned>();
        history.Given(returned).Then<Wait>();

        returned.Spent.ShouldBe(new SpendAmount(history.State.Spend.Tokens, history.State.Spend.Cost));
        history.Given(new ResumeRequested("r1", "ann")).Then<DrawAllotment>().Draw.Before!.IsReturned.ShouldBeTrue();
    }

    /// <summary>Nobody knows whether the account heard: the same lease is asked for, and granted once.</summary>
    [Fact]
    public void Reconcile_DriverDiedWhileDrawing_AsksForTheSameLease()
    {
        var history = Accounted();
        var draw = history.Then<DrawAllotment>();
        history.Given(draw.Intent!).Given(new DriverStarted(3, "there") { Account = true });

        var again = history.Then<DrawAllotment>();

        (again.Draw, again.Intent).ShouldBe((draw.Draw, draw.Intent));
        history.Given(again.Intent!).Given(new AllotmentDrawn(draw.Draw.Lease, draw.Draw.Wish, Today)).Then<CallModel>();
    }

    [Fact]
    public void Reconcile_CancelledWhileDrawing_Ends()
    {
        var history = Accounted();
        history
            .Given(history.Then<DrawAllotment>().Intent!)
            .Given(new DriverStarted(3, "there") { Account = true })
            .Given(new CancelRequested("c1", "ann", ""))
            .Decide()
            .ThenStopped(LoopStatus.Cancelled, "cancelled by ann");
    }

    [Fact]
    public void Apply_GrantThatDoesNotCoverTheNeed_IsRefused()
    {
        var history = Accounted();
        var draw = history.Then<DrawAllotment>();
        history.Given(draw.Intent!).ThenRefuses("does not cover", new AllotmentDrawn(draw.Draw.Lease, SpendAmount.None, Today));
        history.ThenRefuses("was asked for", new AllotmentDrawn("another", draw.Draw.Wish, Today));
    }

    [Fact]
    public void Apply_ReturnOfWhatIsNotHeld_IsRefused() =>
        Accounted().ThenRefuses("holds no such allotment", new AllotmentReturned("1-1", SpendAmount.None));

    private static History Accounted() => History.InAttempt().Given(new DriverStarted(2, "here") { Account = true });

    private static History Drawn(History history, SpendAmount granted)
    {
        var draw = history.Then<DrawAllotment>();
        return history.Given(draw.Intent!).Given(new AllotmentDrawn(draw.Draw.Lease, granted, Today));
    }
}
