using System.Collections.Immutable;
using LoopCluster.Engine.Gates;

namespace LoopCluster.Engine.Routing;

/// <summary>
/// How far the change is by the gates' own reports: which have passed, and the best count of tests of each. Routing rests on it, no verdict
/// does.
/// </summary>
public sealed record GateProgress
{
    public static readonly GateProgress None = new();

    public ImmutableDictionary<string, TestCount> Best { get; init; } = ImmutableDictionary<string, TestCount>.Empty;

    /// <summary>Gates that were red on the base and have passed since.</summary>
    public ImmutableHashSet<string> Met { get; init; } = [];

    /// <summary>How often something got better.</summary>
    public int Steps { get; init; }

    /// <summary>A run of the gate on the base: what is to be bettered.</summary>
    internal GateProgress Began(string gate, TestCount count) => this with { Best = Best.SetItem(gate, count) };

    /// <summary>A red gate passed: better than ever, once.</summary>
    internal GateProgress Passed(string gate) => Met.Contains(gate) ? this : this with { Met = Met.Add(gate), Steps = Steps + 1 };

    /// <summary>
    /// A run with so many tests. Fewer that fail are better, and so are more that pass: where a module could not even be loaded, one error
    /// becomes many failures.
    /// </summary>
    internal GateProgress Saw(string gate, TestCount count)
    {
        if (!Best.TryGetValue(gate, out var best))
        {
            return this with { Best = Best.SetItem(gate, count) };
        }

        return count.Failed < best.Failed || count.Ran - count.Failed > best.Ran - best.Failed
            ? this with
            {
                Best = Best.SetItem(gate, count),
                Steps = Steps + 1,
            }
            : this;
    }
}
