using LoopCluster.Engine.Loops;
using static System.FormattableString;

namespace LoopCluster.Engine.Gates;

/// <summary>What a green change waits for a person with, apart from flakiness.</summary>
public static class ReviewRules
{
    private const int MostShown = 20;

    /// <summary>The change has files that steer what judges it, and no spec that allows them by name; null when it has none.</summary>
    public static string? Steers(LoopState state)
    {
        var paths = SteersOf(state);
        return paths.Count == 0
            ? null
            : Invariant(
                $"the change steers verification: {string.Join(", ", paths.Take(MostShown))}{(paths.Count > MostShown ? Invariant($" and {paths.Count - MostShown} more") : "")}"
            );
    }

    /// <summary>All gates see one tree: what one of them ran with, all did.</summary>
    public static IReadOnlyList<string> SteersOf(LoopState state) =>
        state.GateResults.Values.FirstOrDefault(r => r.Tree == state.Workspace.Tree && r.Steers is not null)?.Steers ?? [];
}
