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

        var wrong = state.Spec.Gates.OfType<CommandGate>().FirstOrDefault(g => !HasPassed(state, g, e));
        return wrong is not null
            ? Unfit(state, e, $"gate '{wrong.Name}' has not passed on tree {e.GateTree}")
            : Heard(state) with
            {
                Judging = new Judging { Brief = e, Seed = state.Head },
                // A fork may have stopped while one of them read.
                Agents = state.Agents.Each(a => AgentNames.RoleOf(a.Name) == AgentNames.Judge ? Fresh(a) : a),
            };
    }

    /// <summary>Or it is in quarantine, and its red is for a person to weigh.</summary>
    private static bool HasPassed(LoopState state, CommandGate gate, JudgeBriefed e) =>
        state.GateResults.GetValueOrDefault(gate.Name) is { } result
        && result.Tree == e.Tree
        && result.GateTree == e.GateTree
        && (result.Outcome == GateOutcome.Passed || FlakeRules.IsExcused(state, gate, result));

    /// <summary>It asks to read, or its answer is read next; what it was asked then is asked of nobody again.</summary>
    private static LoopState Judged(LoopState state, Agent agent, ModelReplied e, BudgetSpend spend, ModelRequested intent)
    {
        var judging = state.Judging!;
        var reads = e.Tools.Count > 0 && judging.Reads < JudgeRules.MostReads;
        return Heard(state) with
        {
            Open = null,
            Spend = spend,
            Bills = ModelBill.Add(state.Bills, intent, e),
            Overbilled = OverbilledBy(intent.Reserved, e),
            Agents = state.Agents.With(
                reads
                    ? agent with
                    {
                        Calls = e.Tools,
                        Answered = 0,
                        Conversation = agent.Conversation.WithReply(e, ReplyFault.None, agent.Room),
                    }
                    : Fresh(agent)
            ),
            Judging = reads
                ? judging with
                {
                    Reads = judging.Reads + e.Tools.Count,
                }
                : judging with
                {
                    Reply = new JudgeReply(agent.Name, intent.Model, e.Text, e.Finish, e.Tools.Count),
                },
        };
    }

    private static Agent Fresh(Agent agent) =>
        agent with
        {
            Calls = [],
            Answered = 0,
            Conversation = agent.Conversation.Restarted(Frontier.Empty),
        };

    private static LoopState OnJudgeRead(LoopState state, JudgeRead e) =>
        state.Open is null
        && state.Judging is { Reply: null } judging
        && state.Agents.Find(e.Agent) is { NextCall: { } call } agent
        && (call.Id, call.Name) == (e.Call, e.Tool)
            ? Heard(state) with
            {
                Agents = state.Agents.With(
                    agent with
                    {
                        Answered = agent.Answered + 1,
                        Conversation = agent.Conversation.WithResult(JudgeCase.Quoted(judging, e), agent.Room),
                    }
                ),
            }
            : Unfit(state, e, "it is not the next call of a judge");

    private static LoopState OnJudgeAnswered(LoopState state, JudgeAnswered e)
    {
        if (state.Open is not null || state.Judging is not { Reply: { } reply } judging || reply.Agent != e.Agent)
        {
            return Unfit(state, e, "it has replied nothing that is still to be read");
        }

        var read = judging with { Reply = null, Reads = 0 };
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
                Tallies = state.Tallies.SetItem(e.Gate, (state.Tallies.GetValueOrDefault(e.Gate) ?? Gates.GateTally.None).With(e)),
            };

    /// <summary>What was waited for is there.</summary>
    private static LoopState Heard(LoopState state) => state with { InfrastructureFailures = 0, Outage = null, NotBefore = default };
}
