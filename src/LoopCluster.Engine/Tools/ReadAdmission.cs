using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Policy;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tools;

/// <summary>Whether an agent that only reads may make a call. Nobody is asked for it: what the policy does not allow is refused.</summary>
internal static class ReadAdmission
{
    /// <param name="why">Words for the agent, where it may not.</param>
    public static bool Admit(
        LoopState state,
        Agent agent,
        ToolCall call,
        out JsonElement arguments,
        out ToolOutcome outcome,
        out string why
    )
    {
        (arguments, outcome, why) = (default, ToolOutcome.Error, "");
        var tools = agent.Profile.ToolsOf(state.Created);
        if (tools.FirstOrDefault(t => t.Name == call.Name) is not { } tool)
        {
            why = $"there is no such tool. Tools: {string.Join(", ", tools.Select(t => t.Name))}";
            return false;
        }

        if (!ToolArguments.TryParse(tool, call.Arguments, out arguments, out why!))
        {
            return false;
        }

        var decision = PolicyEvaluator.Decide(state.Spec.Policy, state.Imported.WorkspacePolicy, call.Name, arguments);
        if (decision.Effect == PolicyEffect.Allow)
        {
            return true;
        }

        (outcome, why) = (ToolOutcome.Denied, $"the policy does not allow this call ({decision.Rule})");
        return false;
    }
}
