namespace LoopCluster.Engine.Gates;

/// <summary>How the latest steps of the running attempt repeat. Steps are keys: equal keys are the same action with the same observation.</summary>
/// <param name="Last">The latest step.</param>
/// <param name="Before">The one before it.</param>
/// <param name="Same">How many of the latest steps are the same.</param>
/// <param name="Alternating">How many of the latest steps alternate between two different keys; 0 when the last two are the same.</param>
public sealed record StuckTrace(string? Last = null, string? Before = null, int Same = 0, int Alternating = 0)
{
    public static readonly StuckTrace Empty = new();

    public StuckTrace With(string key) => new(
        key,
        Last,
        key == Last ? Same + 1 : 1,
        Last is null || key == Last ? 0 : key == Before ? Alternating + 1 : 2);
}
