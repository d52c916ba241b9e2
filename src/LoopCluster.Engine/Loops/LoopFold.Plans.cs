using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Plans;

namespace LoopCluster.Engine.Loops;

/// <summary>Plans: the planner's reply, what it comes to, and steps that are said to be done.</summary>
public static partial class LoopFold
{
    /// <summary>The reply is read next; the planner sees it again if it is asked once more.</summary>
    private static LoopState Drafted(LoopState state, Agent agent, ModelReplied e, BudgetSpend spend, ModelRequested intent)
    {
        if (!string.IsNullOrWhiteSpace(e.Text))
        {
            var shown = e with { Tools = [], Finish = ReplyFinish.Stop };
            agent = Said(state, agent, agent.Conversation.WithReply(shown, Context.ReplyFault.None, agent.Room));
        }

        Release(state, ref agent);
        return Heard(state) with
        {
            Open = null,
            Spend = spend,
            Bills = ModelBill.Add(state.Bills, intent, e),
            Overbilled = OverbilledBy(intent.Reserved, e),
            Agents = state.Agents.With(agent),
            Planning = state.Planning with { Reply = new PlanReply(e.Text, e.Finish, e.Tools.Count) },
        };
    }

    private static LoopState OnPlanMade(LoopState state, PlanMade e) =>
        state is { Open: null, Stage: LoopStage.Plan, Planning: { Reply: not null, IsOver: false } }
            ? state with
            {
                Planning = state.Planning with { Reply = null, Steps = e.Steps, IsOver = true },
            }
            : Unfit(state, e, "no reply of a planner is to be read");

    private static LoopState OnPlanRefused(LoopState state, PlanRefused e)
    {
        if (
            state is not { Open: null, Stage: LoopStage.Plan, Planning.IsOver: false }
            || state.Agents.Find(AgentNames.Plan) is not { } planner
        )
        {
            return Unfit(state, e, "no plan is being made");
        }

        state = state with { Planning = state.Planning with { Reply = null, Refused = e.Try, IsOver = e.Last } };
        var words = new MessageReceived("", "loopcluster", PlanText.Again(e.Fault));
        return e.Last
            ? state
            : state with
            {
                Agents = state.Agents.With(Said(state, planner, planner.Conversation.WithMessage(words, hold: false, planner.Room))),
            };
    }

    private static LoopState OnStepChecked(LoopState state, StepChecked e) =>
        PlanRules.Find(state, e.Step, out var fault) is null || e.Tree != state.Workspace.Tree
            ? Unfit(state, e, fault.Length > 0 ? fault : $"the workspace has the tree {state.Workspace.Tree}")
            : state with
            {
                Planning = state.Planning with { Checks = state.Planning.Checks.SetItem(e.Step, e) },
            };
}
