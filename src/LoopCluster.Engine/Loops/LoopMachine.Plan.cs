using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Plans;

namespace LoopCluster.Engine.Loops;

/// <summary>Plan: a planner is asked until its reply is a plan, or often enough.</summary>
public static partial class LoopMachine
{
    private static LoopEffect Plan(LoopState state)
    {
        if (!PlanRules.IsDue(state))
        {
            return Decide(new StageEntered(LoopStage.Execute));
        }

        if (state.Planning.Reply is not null)
        {
            return Decide(PlanRules.Judge(state));
        }

        // A plan is optional: who has been asked and cannot be asked again ends no loop.
        return Ask(state, state.Agents[AgentNames.Plan]) switch
        {
            Record { Intent: LoopStopped { Status: LoopStatus.Unavailable } stopped } when state.Planning.Refused > 0 => Decide(
                new PlanRefused(state.Planning.Refused + 1, stopped.Reason, Last: true)
            ),
            var effect => effect,
        };
    }
}
