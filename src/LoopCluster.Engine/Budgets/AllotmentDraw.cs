using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Budgets;

/// <summary>A loop wants to spend.</summary>
/// <param name="Need">What the smallest useful call may cost.</param>
/// <param name="Wish">What the call may cost that it would make.</param>
/// <param name="Before">Its allotment before, which it gives back.</param>
public sealed record AllotmentDraw(LoopId Loop, string Lease, SpendAmount Need, SpendAmount Wish, Allotment? Before);

/// <param name="Granted">Null where it is refused.</param>
/// <param name="Refusal">Why not; null where it is granted.</param>
/// <param name="IsHeld">Others hold something that may come back.</param>
public sealed record AllotmentAnswer(OpenAllotment? Granted, string? Refusal, bool IsHeld)
{
    public static AllotmentAnswer Of(OpenAllotment granted) => new(granted, null, false);

    public static AllotmentAnswer Refused(string reason, bool isHeld) => new(null, reason, isHeld);
}
