using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Tests.Budgets;

public class BudgetAccountTests
{
    private static readonly DateOnly Today = new(2026, 11, 30);
    private static readonly BudgetCeilings Ceilings = new() { CostPerDay = 10m };

    [Fact]
    public void Draw_NoCeiling_IsForSomeCalls() =>
        Draw(BudgetAccount.Empty, BudgetCeilings.None, "a", 1m).Answer.Granted.ShouldNotBeNull().Granted.Cost.ShouldBe(4m);

    /// <summary>Far from the ceiling an allotment lasts for some calls; near it, for one.</summary>
    [Fact]
    public void Draw_NearTheCeiling_ShrinksToOneCall()
    {
        var (account, first) = Draw(BudgetAccount.Empty, Ceilings, "a", 0.05m);
        var (_, last) = Draw(account, new BudgetCeilings { CostPerDay = 0.3m }, "b", 0.05m);

        (first.Granted!.Granted.Cost, last.Granted!.Granted.Cost).ShouldBe((0.2m, 0.05m));
    }

    [Fact]
    public void Draw_WishIsAboveWhatIsLeft_GetsWhatIsLeft()
    {
        var draw = new AllotmentDraw(new LoopId("a"), "1-1", new SpendAmount(0, 1m), new SpendAmount(0, 50m), null);

        BudgetAccount.Empty.Draw(Ceilings, Today, draw).Answer.Granted!.Granted.Cost.ShouldBe(10m);
    }

    [Fact]
    public void Draw_OthersHoldTheRest_IsRefusedAndSaysSo()
    {
        var (account, _) = Draw(BudgetAccount.Empty, Ceilings, "a", 9.5m);

        var (after, answer) = Draw(account, Ceilings, "b", 1m);

        (answer.Granted, answer.IsHeld).ShouldBe((null, true));
        answer.Refusal.ShouldBe(
            "of the cost of 10 a day that the tenant may spend, 0.5 are left, 9.5 are held by 1 running loops; the next request may need 1"
        );
        after.Open.Keys.ShouldHaveSingleItem().Value.ShouldBe("a");
    }

    [Fact]
    public void Draw_NothingIsHeldAndNothingLeft_IsRefusedForGood()
    {
        var account = Closed(Draw(BudgetAccount.Empty, Ceilings, "a", 9.5m).Account, "a", 9.5m);

        Draw(account, Ceilings, "b", 1m).Answer.ShouldSatisfyAllConditions(a => a.Granted.ShouldBeNull(), a => a.IsHeld.ShouldBeFalse());
    }

    [Fact]
    public void Draw_SameLeaseAgain_IsTheSameAllotment()
    {
        var (account, first) = Draw(BudgetAccount.Empty, Ceilings, "a", 1m);
        var (after, again) = Draw(account, Ceilings, "a", 1m);

        again.Granted.ShouldBe(first.Granted);
        after.ShouldBeSameAs(account);
    }

    [Fact]
    public void Draw_Another_GivesTheOneBeforeBack()
    {
        var (account, first) = Draw(BudgetAccount.Empty, Ceilings, "a", 1m);
        var before = Known(first.Granted!, 0.75m);

        var (after, second) = account.Draw(
            Ceilings,
            Today,
            new AllotmentDraw(new LoopId("a"), "1-9", new SpendAmount(0, 2m), new SpendAmount(0, 2m), before)
        );

        after.Spent[Today].Cost.ShouldBe(0.75m);
        after.Held.ShouldBe(second.Granted!.Granted);
    }

    /// <summary>Granted, and the process died before the loop heard of it: nothing was spent.</summary>
    [Fact]
    public void Close_LeaseTheLoopNeverHeardOf_SpendsNothing()
    {
        var (account, _) = Draw(BudgetAccount.Empty, Ceilings, "a", 1m);

        var after = account.Close(
            new LoopId("a"),
            new Allotment("older", new SpendAmount(9, 9m), Today) { Spent = new SpendAmount(9, 9m) },
            ended: true
        );

        (after.Held, after.Spent.Count).ShouldBe((SpendAmount.None, 0));
    }

    /// <summary>A driver that was stopped meanwhile must not take from another what that one holds, nor hold something beside.</summary>
    [Fact]
    public void Stale_AnotherDriverHasDrawnSince_ChangesNothing()
    {
        var (account, first) = Draw(BudgetAccount.Empty, Ceilings, "a", 1m, "1-5");
        var before = Known(first.Granted!, 0.5m);
        account = account
            .Draw(Ceilings, Today, new AllotmentDraw(new LoopId("a"), "2-9", new SpendAmount(0, 1m), new SpendAmount(0, 1m), before))
            .Account;

        var (after, answer) = Draw(account, Ceilings, "a", 1m, "1-5");

        (answer.Granted, after).ShouldBe((null, account));
        account.Close(new LoopId("a"), before, ended: false).ShouldBeSameAs(account);
        account.Spent[Today].Cost.ShouldBe(0.5m);
    }

    /// <summary>Granted to a driver that was gone already: the loop's ledger is further.</summary>
    [Fact]
    public void IsOver_OpenOneIsOlderThanTheLoopsOwn_IsTrue()
    {
        var open = new OpenAllotment("1-5", new SpendAmount(0, 1m), Today);

        BudgetAccount.IsOver(open, false, new Allotment("2-9", new SpendAmount(0, 1m), Today)).ShouldBeTrue();
        BudgetAccount.IsOver(open, false, new Allotment("1-3", new SpendAmount(0, 1m), Today) { IsReturned = true }).ShouldBeFalse();
        BudgetAccount.IsOver(open, true, null).ShouldBeTrue();
    }

    [Fact]
    public void Close_Twice_CountsOnce()
    {
        var (account, first) = Draw(BudgetAccount.Empty, Ceilings, "a", 1m);
        var known = Known(first.Granted!, 0.5m);

        account.Close(new LoopId("a"), known, ended: true).Close(new LoopId("a"), known, ended: true).Spent[Today].Cost.ShouldBe(0.5m);
    }

    [Fact]
    public void With_LedgersOfATenant_CountsWhatAnOpenAllotmentSpentOnce()
    {
        var loop = new LoopId("a");
        var known = new Allotment("1-1", new SpendAmount(0, 4m), Today) { Spent = new SpendAmount(0, 1m) };

        var account = BudgetAccount.Empty.With(loop, [new SpendDay(Today) { Cost = 3m }], known);

        (account.Spent[Today].Cost, account.Held.Cost).ShouldBe((3m, 3m));
        account = account.Close(loop, known with { Spent = new SpendAmount(0, 2.5m) }, ended: true);
        (account.Spent[Today].Cost, account.Held.Cost).ShouldBe((4.5m, 0m));
    }

    [Fact]
    public void Draw_CeilingsOfDayAndMonth_TheTighterCounts()
    {
        var account = BudgetAccount.Empty.With(new LoopId("old"), [Spent(28, 6m), Spent(30, 1m)], null);
        var ceilings = new BudgetCeilings { CostPerDay = 5m, CostPerMonth = 8m };

        Draw(account, ceilings, "a", 1m).Answer.Granted.ShouldNotBeNull();
        Draw(account, ceilings, "a", 1.5m).Answer.Refusal.ShouldNotBeNull().ShouldStartWith("of the cost of 8 a month");
        Draw(account, ceilings with { CostPerMonth = 100m }, "a", 4.5m)
            .Answer.Refusal.ShouldNotBeNull()
            .ShouldStartWith("of the cost of 5 a day");
    }

    [Fact]
    public void Draw_NextMonth_StartsAnew()
    {
        var account = BudgetAccount.Empty.With(new LoopId("old"), [Spent(30, 10m)], null);
        var draw = new AllotmentDraw(new LoopId("a"), "1-1", new SpendAmount(0, 1m), new SpendAmount(0, 1m), null);

        account.Draw(Ceilings with { CostPerMonth = 10m }, Today, draw).Answer.Granted.ShouldBeNull();
        var (next, answer) = account.Draw(Ceilings with { CostPerMonth = 10m }, Today.AddDays(1), draw);

        answer.Granted.ShouldNotBeNull();
        next.Spent.Keys.ShouldBe([Today]);
        next.Draw(Ceilings, Today.AddMonths(2), draw with { Lease = "1-9" }).Account.Spent.ShouldBeEmpty();
    }

    /// <summary>
    /// 500 children race one ceiling with calls of random sizes; some die between drawing and hearing of it, some between spending and
    /// giving back. Nothing is spent above the ceiling, nothing stays held, and what is left would not pay the smallest call.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Race_CrashesAndRandomSizes_NeverOvershootsAndLeavesNothing(int seed)
    {
        var random = new Random(seed);
        var account = BudgetAccount.Empty;
        var held = new Dictionary<int, Allotment>();
        var spent = 0m;
        for (var step = 0; step < 20_000; step++)
        {
            var child = random.Next(500);
            var loop = new LoopId($"child-{child}");
            if (held.TryGetValue(child, out var mine) && random.Next(40) == 0)
            {
                account = account.Close(loop, mine, ended: true);
                held.Remove(child);
                continue;
            }

            var need = Math.Round((decimal)(random.NextDouble() * 0.02) + 0.001m, 6);
            if (mine is null || mine.Left.Cost < need)
            {
                var (after, answer) = account.Draw(
                    Ceilings,
                    Today,
                    new AllotmentDraw(loop, $"{step}", new SpendAmount(0, need), new SpendAmount(0, need), mine)
                );
                account = after;
                held.Remove(child);
                if (answer.Granted is not { } granted)
                {
                    continue;
                }

                if (random.Next(20) == 0)
                {
                    // Died before it heard: another driver, or the reconciliation, finds a ledger without this lease.
                    account = account.Close(loop, mine, ended: true);
                    continue;
                }

                mine = new Allotment(granted.Lease, granted.Granted, granted.Day);
            }

            var bill = Math.Round(need * (decimal)random.NextDouble(), 6);
            spent += bill;
            held[child] = mine with { Spent = mine.Spent + new SpendAmount(0, bill) };
            spent.ShouldBeLessThanOrEqualTo(10m);
        }

        foreach (var (child, mine) in held)
        {
            account = account.Close(new LoopId($"child-{child}"), mine, ended: true);
        }

        account.Held.ShouldBe(SpendAmount.None);
        account.Spent[Today].Cost.ShouldBe(spent);
        spent.ShouldBeInRange(9.7m, 10m);
    }

    private static (BudgetAccount Account, AllotmentAnswer Answer) Draw(
        BudgetAccount account,
        BudgetCeilings ceilings,
        string loop,
        decimal cost,
        string lease = "1-1"
    ) =>
        account.Draw(ceilings, Today, new AllotmentDraw(new LoopId(loop), lease, new SpendAmount(0, cost), new SpendAmount(0, cost), null));

    private static BudgetAccount Closed(BudgetAccount account, string loop, decimal spent) =>
        account.Close(new LoopId(loop), Known(account.Open[new LoopId(loop)], spent), ended: true);

    private static Allotment Known(OpenAllotment open, decimal spent) =>
        new(open.Lease, open.Granted, open.Day) { Spent = new SpendAmount(0, spent) };

    private static SpendDay Spent(int day, decimal cost) => new(new DateOnly(2026, 11, day)) { Cost = cost };
}
