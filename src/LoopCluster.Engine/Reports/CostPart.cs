using LoopCluster.Engine.Budgets;

namespace LoopCluster.Engine.Reports;

/// <summary>What went to one agent, tier or model, or was spent for one cause.</summary>
public sealed record CostPart(string Name)
{
    public int Requests { get; init; }

    public int Replies { get; init; }

    public long TokensIn { get; init; }

    public long TokensOut { get; init; }

    public long TokensCached { get; init; }

    public decimal Cost { get; init; }

    /// <summary>The dearest first, then by name.</summary>
    internal static IReadOnlyList<CostPart> By(IEnumerable<LoopReport> loops, Func<ModelBill, string> name) =>
        [
            .. loops
                .SelectMany(l => l.Bills)
                .GroupBy(name, StringComparer.Ordinal)
                .Select(bills => new CostPart(bills.Key)
                {
                    Requests = bills.Sum(b => b.Requests),
                    Replies = bills.Sum(b => b.Replies),
                    TokensIn = bills.Aggregate(0L, (sum, b) => BudgetSpend.Raised(sum, b.TokensIn)),
                    TokensOut = bills.Aggregate(0L, (sum, b) => BudgetSpend.Raised(sum, b.TokensOut)),
                    TokensCached = bills.Aggregate(0L, (sum, b) => BudgetSpend.Raised(sum, b.TokensCached)),
                    Cost = bills.Sum(b => b.Cost),
                })
                .OrderByDescending(p => p.Cost)
                .ThenBy(p => p.Name, StringComparer.Ordinal),
        ];
}
