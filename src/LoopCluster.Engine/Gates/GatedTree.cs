using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Gates;

/// <summary>Which tree counts as the outcome of a loop.</summary>
public static class GatedTree
{
    /// <summary>The tree that every gate passed on. Without gates it is the change, which a person judged as it is.</summary>
    /// <returns>Null when the gates saw different trees: a loop that an earlier version began. Such a loop delivers its change as that
    /// version did.</returns>
    public static string? Of(LoopState state)
    {
        if (state.Spec.Gates.Count == 0)
        {
            return state.Workspace.Tree;
        }

        string? found = null;
        foreach (var gate in state.Spec.Gates)
        {
            if (
                !state.GateResults.TryGetValue(gate.Name, out var result)
                || (result.Outcome != GateOutcome.Passed && !FlakeRules.IsExcused(state, gate, result))
                || result.Tree != state.Workspace.Tree
                || (found is not null && found != result.GateTree)
            )
            {
                return null;
            }

            found = result.GateTree;
        }

        return found;
    }
}
