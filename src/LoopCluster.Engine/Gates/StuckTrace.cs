using System.Collections.Immutable;

namespace LoopCluster.Engine.Gates;

/// <summary>The latest steps of the running attempt as keys: equal keys are the same action with the same observation.</summary>
public sealed record StuckTrace(ImmutableList<string> Steps)
{
    private const int Kept = 24;

    public static readonly StuckTrace Empty = new(ImmutableList<string>.Empty);

    public StuckTrace With(string key)
    {
        var steps = Steps.Add(key);
        return new StuckTrace(steps.Count > Kept ? steps.RemoveAt(0) : steps);
    }

    /// <summary>How many of the latest steps are the same.</summary>
    public int SameInRow()
    {
        var count = 0;
        for (var i = Steps.Count - 1; i >= 0 && Steps[i] == Steps[^1]; i--)
        {
            count++;
        }

        return count;
    }

    /// <summary>How many of the latest steps alternate between two different keys.</summary>
    public int AlternatingInRow()
    {
        if (Steps.Count < 2 || Steps[^1] == Steps[^2])
        {
            return 0;
        }

        var count = 2;
        for (var i = Steps.Count - 3; i >= 0 && Steps[i] == Steps[i + 2]; i--)
        {
            count++;
        }

        return count;
    }
}
