using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Gates;

/// <summary>How the latest steps of the running attempt repeat.</summary>
/// <param name="Last">The latest step.</param>
/// <param name="Before">The one before it.</param>
/// <param name="Same">How many of the latest steps are the same.</param>
/// <param name="Alternating">How many of the latest steps alternate between two different ones; 0 when the last two are the same.</param>
public sealed record StuckTrace(StuckStep? Last = null, StuckStep? Before = null, int Same = 0, int Alternating = 0)
{
    public static readonly StuckTrace Empty = new();

    public StuckTrace With(StuckStep step) =>
        new(
            step,
            Last,
            step == Last ? Same + 1 : 1,
            Last is null || step == Last ? 0
                : step == Before ? Alternating + 1
                : 2
        );
}

/// <summary>
/// Equal steps are the same action with the same observation. They are compared as they are: no more than two are kept, and a hash costs
/// more than that.
/// </summary>
/// <param name="Tool">Empty for a reply that was cut off.</param>
/// <param name="Observed">Text, or the hash of its blob.</param>
public sealed record StuckStep(string Tool, string Arguments, ToolOutcome Outcome, string Observed);
