namespace LoopCluster.Engine.Budgets;

/// <summary>Tokens and money.</summary>
public readonly record struct SpendAmount(long Tokens, decimal Cost)
{
    /// <summary>So much of both stays in range whatever is added to it.</summary>
    private const long MostTokens = long.MaxValue / 4;

    public static readonly SpendAmount None;

    public bool Covers(SpendAmount other) => Tokens >= other.Tokens && Cost >= other.Cost;

    /// <summary>Of each the smaller.</summary>
    public SpendAmount AtMost(SpendAmount other) => new(Math.Min(Tokens, other.Tokens), Math.Min(Cost, other.Cost));

    /// <summary>Of each the larger.</summary>
    public SpendAmount AtLeast(SpendAmount other) => new(Math.Max(Tokens, other.Tokens), Math.Max(Cost, other.Cost));

    public static SpendAmount operator +(SpendAmount a, SpendAmount b) =>
        new((long)Math.Min((decimal)a.Tokens + b.Tokens, MostTokens), a.Cost + b.Cost);

    public static SpendAmount operator -(SpendAmount a, SpendAmount b) => new(a.Tokens - b.Tokens, a.Cost - b.Cost);

    public static SpendAmount operator *(SpendAmount a, int times) =>
        new((long)Math.Min((decimal)a.Tokens * times, MostTokens), a.Cost * times);

    public static SpendAmount operator /(SpendAmount a, int parts) => new(a.Tokens / parts, a.Cost / parts);
}
