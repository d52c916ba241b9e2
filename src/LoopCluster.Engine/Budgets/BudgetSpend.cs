namespace LoopCluster.Engine.Budgets;

/// <summary>What a loop has used and what it holds back for the call in flight.</summary>
public sealed record BudgetSpend
{
    private const long MostTokens = long.MaxValue / 4;

    public int Turns { get; init; }

    public long TokensIn { get; init; }

    public long TokensOut { get; init; }

    public long TokensCached { get; init; }

    public decimal Cost { get; init; }

    /// <summary>
    /// Of <see cref="Tokens"/>, what is not a bill: reservations settled because no (believable) usage came, or the outcome is unknown.
    /// </summary>
    public long TokensAssumed { get; init; }

    /// <summary>Of <see cref="Cost"/>, the same.</summary>
    public decimal CostAssumed { get; init; }

    public double SandboxSeconds { get; init; }

    /// <summary>Driven time: gaps between entries, but for those in which a person was waited for or nobody drove.</summary>
    public TimeSpan Elapsed { get; init; }

    public long ReservedTokens { get; init; }

    public decimal ReservedCost { get; init; }

    public double ReservedSeconds { get; init; }

    public long Tokens => TokensIn + TokensOut;

    /// <summary>An endpoint's figures are its own: they never lower what was spent, nor wrap it round.</summary>
    internal static long Raised(long spent, long by) =>
        spent > MostTokens - Math.Clamp(by, 0, MostTokens) ? MostTokens : spent + Math.Max(0, by);
}
