using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>Judge gates: once every command has passed on a tree, models vote on it, one after the other.</summary>
public static partial class LoopMachine
{
    /// <summary>Null when every judge gate has passed.</summary>
    private static LoopEffect? Judge(LoopState state, string tree)
    {
        foreach (var gate in state.Spec.Gates.OfType<JudgeGate>())
        {
            if (!state.GateResults.TryGetValue(gate.Name, out var result) || result.Tree != tree)
            {
                return AskJudges(state, gate, tree);
            }

            if (result.Outcome != Events.GateOutcome.Passed)
            {
                return Fail(state, VerdictText.Of(gate, result), FailureSignature.Of(result));
            }
        }

        return null;
    }

    private static LoopEffect AskJudges(LoopState state, JudgeGate gate, string tree)
    {
        if (state.Judging is not { } judging || judging.Brief.Tree != tree)
        {
            return new BriefJudges { NotBefore = state.NotBefore };
        }

        if (judging.Reply is { } reply)
        {
            // What cites nothing needs no fact to be judged by.
            return JudgeRules.CitedBy(reply) is [_, ..] paths
                ? new SeeCited(judging.Brief, paths) { NotBefore = state.NotBefore }
                : Decide(JudgeRules.Answer(state, []));
        }

        var next =
            judging.Brief.Diff.Bytes == 0
                ? null
                : JudgeSeat.Of(state.Spec, gate).FirstOrDefault(seat => JudgeRules.VoteOf(judging, seat) is null);
        if (next is null)
        {
            return Decide(JudgeRules.Conclude(state, gate));
        }

        var agent = state.Agents[next.Agent];
        return agent.NextCall is { } call ? JudgeReads.Admit(state, agent, call) : Ask(state, agent);
    }
}
