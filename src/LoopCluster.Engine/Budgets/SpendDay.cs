using System.Collections.Immutable;

namespace LoopCluster.Engine.Budgets;

/// <summary>What a loop spent on one day (UTC), by the time of the entries that settled it.</summary>
public sealed record SpendDay(DateOnly Day)
{
    /// <summary>Model replies.</summary>
    public int Turns { get; init; }

    public long TokensIn { get; init; }

    public long TokensOut { get; init; }

    public long TokensCached { get; init; }

    public decimal Cost { get; init; }

    /// <summary>Of <see cref="Cost"/>, what no endpoint has billed.</summary>
    public decimal CostAssumed { get; init; }

    public double SandboxSeconds { get; init; }

    /// <summary>
    /// The days with what an event at <paramref name="at"/> added to what was spent; they stand in the order of the calendar.
    /// </summary>
    internal static ImmutableArray<SpendDay> Add(ImmutableArray<SpendDay> days, BudgetSpend before, BudgetSpend after, DateTimeOffset at)
    {
        if (
            ReferenceEquals(before, after)
            || (before.Turns, before.Tokens, before.Cost, before.SandboxSeconds)
                == (after.Turns, after.Tokens, after.Cost, after.SandboxSeconds)
        )
        {
            return days;
        }

        // A clock that was set back spends on the last day there is.
        var day = DateOnly.FromDateTime(at.UtcDateTime);
        var isNew = days is [] || days[^1].Day < day;
        var spent = isNew ? new SpendDay(day) : days[^1];
        spent = spent with
        {
            Turns = spent.Turns + after.Turns - before.Turns,
            TokensIn = BudgetSpend.Raised(spent.TokensIn, after.TokensIn - before.TokensIn),
            TokensOut = BudgetSpend.Raised(spent.TokensOut, after.TokensOut - before.TokensOut),
            TokensCached = BudgetSpend.Raised(spent.TokensCached, after.TokensCached - before.TokensCached),
            Cost = spent.Cost + after.Cost - before.Cost,
            CostAssumed = spent.CostAssumed + after.CostAssumed - before.CostAssumed,
            SandboxSeconds = spent.SandboxSeconds + after.SandboxSeconds - before.SandboxSeconds,
        };
        return isNew ? days.Add(spent) : days.SetItem(days.Length - 1, spent);
    }
}
