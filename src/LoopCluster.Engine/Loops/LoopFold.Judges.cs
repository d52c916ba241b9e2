using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>Judges: the brief, their replies, what those come to, and the verdict of the votes.</summary>
public static partial class LoopFold
{
    private static LoopState OnJudgeBriefed(LoopState state, JudgeBriefed e)
    {
        if (state.Open is not null || state.Stage != LoopStage.Verify || e.Tree != state.Workspace.Tree)
        {
            return Unfit(state, e, "no judges are due on this tree");
        }

        var other = state.Spec.Gates.OfType<CommandGate>().Select(g => state.GateResults.GetValueOrDefault(g.Name));
        return
            other.FirstOrDefault(r => r is null || r.Outcome != GateOutcome.Passed || r.Tree != e.Tree || r.GateTree != e.GateTree)
                is { } wrong
            ? Unfit(state, e, $"gate '{wrong.Gate}' has not passed on tree {e.GateTree}")
            : Heard(state) with
            {
                Judging = new Judging { Brief = e, Seed = state.Head },
            };
    }

    /// <summary>Its answer is read next; what it was asked is asked of nobody again.</summary>
    private static LoopState Judged(LoopState state, Agent agent, ModelReplied e, BudgetSpend spend, ModelRequested intent) =>
        Heard(state) with
        {
            Open = null,
            Spend = spend,
            Bills = ModelBill.Add(state.Bills, intent, e),
            Overbilled = OverbilledBy(intent.Reserved, e),
            Agents = state.Agents.With(agent with { Conversation = agent.Conversation.Restarted(Frontier.Empty) }),
            Judging = state.Judging! with { Reply = new JudgeReply(agent.Name, intent.Model, e.Text, e.Finish, e.Tools.Count) },
        };

    private static LoopState OnJudgeAnswered(LoopState state, JudgeAnswered e)
    {
        if (state.Open is not null || state.Judging is not { Reply: { } reply } judging || reply.Agent != e.Agent)
        {
            return Unfit(state, e, "it has replied nothing that is still to be read");
        }

        var read = judging with { Reply = null };
        if (e.Verdict == JudgeVerdict.Malformed && e.Try < JudgeRules.MostTries)
        {
            return Heard(state) with { Judging = read with { Fault = e.Fault } };
        }

        var answers = judging.Parts.Add(e);
        return Heard(state) with
        {
            Judging =
                e.Verdict == JudgeVerdict.Approve && e.Part < e.Parts
                    ? read with
                    {
                        Parts = answers,
                        Fault = null,
                    }
                    : read with
                    {
                        Parts = [],
                        Fault = null,
                        Votes = judging.Votes.Add(JudgeRules.Vote(state, JudgeSeat.Find(state.Spec, e.Agent)!, reply, answers)),
                    },
        };
    }

    /// <summary>No run is open for it: the verdict follows from the votes.</summary>
    private static LoopState OnJudgesDecided(LoopState state, GateCompleted e) =>
        state.Open is not null || state.Judging is not { Reply: null } judging || judging.Brief.Tree != e.Tree
            ? Unfit(state, e, $"the judges of gate '{e.Gate}' have not been heard")
            : Heard(state) with
            {
                GateResults = state.GateResults.SetItem(e.Gate, e),
            };

    /// <summary>What was waited for is there.</summary>
    private static LoopState Heard(LoopState state) => state with { InfrastructureFailures = 0, Outage = null, NotBefore = default };
}
