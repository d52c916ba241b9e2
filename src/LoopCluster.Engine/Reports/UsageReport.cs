using System.Globalization;
using LoopCluster.Engine.Budgets;

namespace LoopCluster.Engine.Reports;

/// <summary>What loops spent in one period of the calendar (UTC).</summary>
/// <param name="Period">A day (<c>2026-11-30</c>) or a month (<c>2026-11</c>).</param>
public sealed record UsagePeriod(string Period)
{
    /// <summary>Loops that spent something in it.</summary>
    public int Loops { get; init; }

    public int Turns { get; init; }

    public long TokensIn { get; init; }

    public long TokensOut { get; init; }

    public long TokensCached { get; init; }

    public decimal Cost { get; init; }

    public decimal CostAssumed { get; init; }

    public double SandboxSeconds { get; init; }
}

/// <summary>What was spent when.</summary>
public static class UsageReport
{
    /// <summary>Periods in the order of the calendar, without those in which nothing was spent.</summary>
    public static IReadOnlyList<UsagePeriod> Of(IEnumerable<LoopReport> loops, bool monthly, DateOnly? from = null, DateOnly? to = null) =>
        [
            .. loops
                .SelectMany(l => l.Days.Select(day => (l.Id, Day: day)))
                .Where(d => !(d.Day.Day < from) && !(d.Day.Day > to))
                .GroupBy(d => d.Day.Day.ToString(monthly ? "yyyy-MM" : "yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparer.Ordinal)
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => new UsagePeriod(p.Key)
                {
                    Loops = p.Select(d => d.Id).Distinct(StringComparer.Ordinal).Count(),
                    Turns = p.Sum(d => d.Day.Turns),
                    TokensIn = p.Aggregate(0L, (sum, d) => BudgetSpend.Raised(sum, d.Day.TokensIn)),
                    TokensOut = p.Aggregate(0L, (sum, d) => BudgetSpend.Raised(sum, d.Day.TokensOut)),
                    TokensCached = p.Aggregate(0L, (sum, d) => BudgetSpend.Raised(sum, d.Day.TokensCached)),
                    Cost = p.Sum(d => d.Day.Cost),
                    CostAssumed = p.Sum(d => d.Day.CostAssumed),
                    SandboxSeconds = Math.Round(p.Sum(d => d.Day.SandboxSeconds), 3),
                }),
        ];
}
