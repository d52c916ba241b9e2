namespace LoopCluster.Engine.Budgets;

/// <summary>What all loops of an account together may spend on a day and in a month (UTC). Null: no ceiling.</summary>
public sealed record BudgetCeilings
{
    public static readonly BudgetCeilings None = new();

    public long? TokensPerDay { get; init; }

    public long? TokensPerMonth { get; init; }

    public decimal? CostPerDay { get; init; }

    public decimal? CostPerMonth { get; init; }

    public bool Any => this != None;

    /// <summary>A model without a price cannot be held against them.</summary>
    public bool CountCost => CostPerDay is not null || CostPerMonth is not null;
}
