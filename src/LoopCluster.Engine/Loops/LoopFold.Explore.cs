using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Loops;

/// <summary>The explorer: questions, what it reads, and its answers. Nothing of it but the answer reaches another agent.</summary>
public static partial class LoopFold
{
    private static LoopState OnExplorationStarted(LoopState state, ExplorationStarted e)
    {
        var isDue =
            state is { Open: null, Exploring: null, Approval: null }
            && e.Tree == state.Workspace.Tree
            && (
                e.Call is null
                    ? state is { Stage: LoopStage.Discover, Explored: null }
                    : state.Stage == LoopStage.Execute && IsNextCall(state, e.Call, ToolNames.Explore)
            );
        return isDue && state.Agents.Find(AgentNames.Explore) is { } agent
            ? state with
            {
                Exploring = new Exploration { Started = e },
                Grant = null,
                Agents = state.Agents.With(Fresh(agent) with { Unheard = 0 }),
            }
            : Unfit(state, e, "nothing is to be explored");
    }

    /// <summary>It asks to read, or its answer is read next.</summary>
    private static LoopState Explored(LoopState state, Agent agent, ModelReplied e, BudgetSpend spend, ModelRequested intent)
    {
        var exploring = state.Exploring!;
        var reads = e.Tools.Count > 0 && exploring.Reads < ExploreRules.MostReads;
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
                    // What it has read stays, in case it has to answer again.
                    : agent with
                    {
                        Calls = [],
                        Answered = 0,
                    }
            ),
            Exploring = reads
                ? exploring with
                {
                    Reads = exploring.Reads + e.Tools.Count,
                }
                : exploring with
                {
                    Reply = new ExplorerReply(e.Text, e.Finish, e.Tools.Count),
                },
        };
    }

    private static LoopState OnExplorerRead(LoopState state, ExplorerRead e) =>
        state is { Open: null, Exploring: { Reply: null, Answered: null } }
        && state.Agents.Find(AgentNames.Explore) is { NextCall: { } call } agent
        && (call.Id, call.Name) == (e.Call, e.Tool)
            ? Heard(state) with
            {
                Agents = state.Agents.With(
                    agent with
                    {
                        Answered = agent.Answered + 1,
                        Conversation = agent.Conversation.WithResult(e.Output, agent.Room),
                    }
                ),
            }
            : Unfit(state, e, "it is not the explorer's next call");

    private static LoopState OnExplorerAnswered(LoopState state, ExplorerAnswered e)
    {
        if (state is not { Open: null, Exploring: { Reply: not null, Answered: null } exploring })
        {
            return Unfit(state, e, "the explorer has replied nothing that is still to be read");
        }

        var read = exploring with { Reply = null };
        if (e.Fault is not null && e.Try < ExploreRules.MostTries)
        {
            return Heard(state) with { Exploring = read with { Fault = e.Fault } };
        }

        // What it has read is of no use to anybody after this.
        var agents = state.Agents.With(Fresh(state.Agents[AgentNames.Explore]));
        return exploring.Started.Call is null
            ? Heard(state) with
            {
                Agents = agents,
                Exploring = null,
                Explored = e.Fault is null ? ExploreRules.Words(e) : "",
            }
            : Heard(state) with
            {
                Agents = agents,
                Exploring = read with { Answered = e },
            };
    }
}
