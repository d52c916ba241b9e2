namespace LoopCluster.Engine.Budgets;

/// <summary>What an account has left under the tightest ceilings of a day and its month.</summary>
/// <param name="TokensOf">The ceiling of tokens that is nearest.</param>
/// <param name="CostOf">The ceiling of cost that is nearest.</param>
public readonly record struct BudgetRoom(SpendAmount Amount, string TokensOf, string CostOf)
{
    /// <summary>More than any bill, and far from the end of the type.</summary>
    private const decimal NoCeiling = 1e18m;

    public static BudgetRoom Of(BudgetAccount account, BudgetCeilings ceilings, DateOnly today)
    {
        var held = account.Held;
        var day = account.Spent.GetValueOrDefault(today) + held;
        var month = account
            .Spent.Where(s => s.Key.Year == today.Year && s.Key.Month == today.Month)
            .Aggregate(held, (sum, s) => sum + s.Value);
        var tokensOfDay = (ceilings.TokensPerDay ?? long.MaxValue) - day.Tokens;
        var tokensOfMonth = (ceilings.TokensPerMonth ?? long.MaxValue) - month.Tokens;
        var costOfDay = (ceilings.CostPerDay ?? NoCeiling) - day.Cost;
        var costOfMonth = (ceilings.CostPerMonth ?? NoCeiling) - month.Cost;
        return new BudgetRoom(
            new SpendAmount(Math.Min(tokensOfDay, tokensOfMonth), Math.Min(costOfDay, costOfMonth)),
            tokensOfDay <= tokensOfMonth
                ? FormattableString.Invariant($"the {ceilings.TokensPerDay} tokens of a day")
                : FormattableString.Invariant($"the {ceilings.TokensPerMonth} tokens of a month"),
            costOfDay <= costOfMonth
                ? FormattableString.Invariant($"the cost of {ceilings.CostPerDay} a day")
                : FormattableString.Invariant($"the cost of {ceilings.CostPerMonth} a month")
        );
    }

    /// <summary>In words for whoever may raise the ceiling.</summary>
    public string Refusal(BudgetAccount account, SpendAmount need)
    {
        var (of, left, wanted, held) =
            Amount.Cost < need.Cost
                ? (CostOf, (decimal)Amount.Cost, need.Cost, account.Held.Cost)
                : (TokensOf, Amount.Tokens, need.Tokens, account.Held.Tokens);
        var others = account.Open.Count > 0 ? FormattableString.Invariant($", {held} are held by {account.Open.Count} running loops") : "";
        return FormattableString.Invariant(
            $"of {of} that the tenant may spend, {Math.Max(0, left)} are left{others}; the next request may need {wanted}"
        );
    }
}
