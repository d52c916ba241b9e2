using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Gates;

/// <summary>What becomes of a judge's call: a tool that only reads looks at the judged tree, anything else is refused.</summary>
internal static class JudgeReads
{
    public static LoopEffect Admit(LoopState state, Agent agent, ToolCall call) =>
        ReadAdmission.Admit(state, agent, call, out var arguments, out var outcome, out var why)
            ? new ReadForJudge(state.Judging!.Brief, agent.Name, call, arguments) { NotBefore = state.NotBefore }
            : new Record
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
