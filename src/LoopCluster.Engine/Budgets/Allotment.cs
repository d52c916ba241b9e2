namespace LoopCluster.Engine.Budgets;

/// <summary>What a loop has drawn from its tenant's account, and what it has spent of it.</summary>
public sealed record Allotment(string Lease, SpendAmount Granted, DateOnly Day)
{
    public SpendAmount Spent { get; init; }

    /// <summary>It was given back: nothing more is spent of it.</summary>
    public bool IsReturned { get; init; }

    /// <summary>Below nothing after a bill above its reservation.</summary>
    public SpendAmount Left => IsReturned ? SpendAmount.None : Granted - Spent;
}
