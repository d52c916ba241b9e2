using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Policy;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// What becomes of a judge's call: a tool that only reads looks at the judged tree, anything else is refused. Nobody is asked for it.
/// </summary>
internal static class JudgeReads
{
    public static LoopEffect Admit(LoopState state, Agent agent, ToolCall call)
    {
        var tools = agent.Profile.ToolsOf(state.Created);
        if (tools.FirstOrDefault(t => t.Name == call.Name) is not { } tool)
        {
            return Refuse(agent, call, ToolOutcome.Error, $"there is no such tool. Tools: {string.Join(", ", tools.Select(t => t.Name))}");
        }

        if (!ToolArguments.TryParse(tool, call.Arguments, out var arguments, out var error))
        {
            return Refuse(agent, call, ToolOutcome.Error, error);
        }

        var decision = PolicyEvaluator.Decide(state.Spec.Policy, state.Imported.WorkspacePolicy, call.Name, arguments);
        return decision.Effect == PolicyEffect.Allow
            ? new ReadForJudge(state.Judging!.Brief, agent.Name, call, arguments) { NotBefore = state.NotBefore }
            : Refuse(agent, call, ToolOutcome.Denied, $"the policy does not allow this call ({decision.Rule})");
    }

    private static Record Refuse(Agent agent, ToolCall call, ToolOutcome outcome, string why) =>
        new()
        {
            Intent = new JudgeRead
            {
                Agent = agent.Name,
                Call = call.Id,
                Tool = call.Name,
                Outcome = outcome,
                Output = OutputText.Inline(why),
            },
        };
}
