using LoopCluster.Engine.Budgets;

namespace LoopCluster.Runtime.Admission;

/// <summary>Ceilings of a tenant, by the calendar of UTC; what is not given has none.</summary>
public sealed class CeilingOptions
{
    /// <summary>Input and output tokens together. Default: no ceiling.</summary>
    public long? TokensPerDay { get; set; }

    /// <summary>Default: no ceiling.</summary>
    public long? TokensPerMonth { get; set; }

    /// <summary>In the currency of the prices in models.yaml. Default: no ceiling.</summary>
    public decimal? CostPerDay { get; set; }

    /// <summary>Default: no ceiling.</summary>
    public decimal? CostPerMonth { get; set; }

    internal BudgetCeilings ToCeilings() =>
        new()
        {
            TokensPerDay = TokensPerDay,
            TokensPerMonth = TokensPerMonth,
            CostPerDay = CostPerDay,
            CostPerMonth = CostPerMonth,
        };

    /// <param name="key">Where the options stand.</param>
    internal IEnumerable<string> Faults(string key)
    {
        (string Name, decimal? Value)[] all =
        [
            (nameof(TokensPerDay), TokensPerDay),
            (nameof(TokensPerMonth), TokensPerMonth),
            (nameof(CostPerDay), CostPerDay),
            (nameof(CostPerMonth), CostPerMonth),
        ];
        return all.Where(c => c.Value is < 0 or > 1_000_000_000_000m)
            .Select(c => FormattableString.Invariant($"{key}:{c.Name}: {c.Value} is not between 0 and 10^12; leave it out for no ceiling"));
    }
}
