using System.Collections.Immutable;
using LoopCluster.Engine.Budgets;

namespace LoopCluster.Engine.Tests.Budgets;

public class SpendDayTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly BudgetSpend Nothing = new();
    private static readonly BudgetSpend Some = new()
    {
        Turns = 1,
        TokensIn = 100,
        TokensOut = 10,
        Cost = 0.5m,
        SandboxSeconds = 2,
    };

    [Fact]
    public void Add_NothingSpent_IsNoDay() =>
        SpendDay.Add([], Nothing, Nothing with { Elapsed = TimeSpan.FromHours(1) }, Noon).ShouldBeEmpty();

    [Fact]
    public void Add_SameDay_IsAddedUp()
    {
        var days = SpendDay.Add([], Nothing, Some, Noon);
        days = SpendDay.Add(days, Some, Some with { Turns = 3, Cost = 0.75m }, Noon.AddHours(11));

        days.ShouldHaveSingleItem()
            .ShouldBe(
                new SpendDay(new DateOnly(2026, 11, 30))
                {
                    Turns = 3,
                    TokensIn = 100,
                    TokensOut = 10,
                    Cost = 0.75m,
                    SandboxSeconds = 2,
                }
            );
    }

    /// <summary>Days are those of UTC, whatever offset an entry's time has.</summary>
    [Fact]
    public void Add_AfterMidnightUtc_IsTheNextDay()
    {
        var days = SpendDay.Add([], Nothing, Some, Noon);
        days = SpendDay.Add(days, Some, Some with { Cost = 1m }, new DateTimeOffset(2026, 11, 30, 23, 30, 0, TimeSpan.FromHours(-2)));

        days.Select(d => (d.Day, d.Cost)).ShouldBe([(new DateOnly(2026, 11, 30), 0.5m), (new DateOnly(2026, 12, 1), 0.5m)]);
    }

    [Fact]
    public void Add_ClockWasSetBack_StaysInOrder()
    {
        ImmutableArray<SpendDay> days = SpendDay.Add([], Nothing, Some, Noon);
        days = SpendDay.Add(days, Some, Some with { Cost = 1m }, Noon.AddDays(-3));

        days.ShouldHaveSingleItem().Cost.ShouldBe(1m);
    }
}
