using LoopCluster.Engine.Budgets;

namespace LoopCluster.Engine.Events;

/// <summary>
/// The intent to draw from the tenant's account, giving back what is left of the allotment before. The same lease is granted once, however
/// often it is asked for.
/// </summary>
/// <param name="Need">What the smallest useful call may cost.</param>
/// <param name="Wish">What the call may cost that would be made.</param>
public sealed record AllotmentRequested(string Lease, SpendAmount Need, SpendAmount Wish) : LoopEvent;

/// <summary>So much may be spent of the tenant's, and is held for this loop until it is given back.</summary>
public sealed record AllotmentDrawn(string Lease, SpendAmount Granted, DateOnly Day) : LoopEvent;

/// <summary>The tenant's account does not cover the next call.</summary>
/// <param name="Held">Running loops hold something that may come back: it is asked for again.</param>
public sealed record AllotmentRefused(string Lease, string Reason, bool Held) : LoopEvent;

/// <summary>The loop rests, and gives back what it has not spent.</summary>
public sealed record AllotmentReturned(string Lease, SpendAmount Spent) : LoopEvent;
