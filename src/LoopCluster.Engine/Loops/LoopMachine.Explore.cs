using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Loops;

/// <summary>Explore: a question goes to an agent of its own, which reads what it needs and answers with places.</summary>
public static partial class LoopMachine
{
    /// <summary>Null when nothing is to be explored before the first attempt, or it has been.</summary>
    private static LoopEffect? ExploreFirst(LoopState state) =>
        state.Exploring is { } exploring ? Explore(state, exploring)
        : state.Spec.Explore && state.Explored is null && ExploreRules.IsOn(state.Created) ? Decide(ExploreRules.First(state))
        : null;

    private static LoopEffect Explore(LoopState state, Exploration exploring)
    {
        if (exploring.Answered is not null)
        {
            return Decide(ExploreRules.Result(exploring));
        }

        if (exploring.Reply is { } reply)
        {
            // What cites nothing needs no fact to be judged by.
            return ExploreRules.CitedBy(reply) is [_, ..] paths
                ? new SeePlaces(paths) { NotBefore = state.NotBefore }
                : Decide(ExploreRules.Answer(state, []));
        }

        var agent = state.Agents[AgentNames.Explore];
        return agent.NextCall is { } call
            ? ReadAdmission.Admit(state, agent, call, out var arguments, out var outcome, out var why)
                ? new ReadForExplorer(call, arguments) { NotBefore = state.NotBefore }
                : Decide(
                    new ExplorerRead
                    {
                        Call = call.Id,
                        Tool = call.Name,
                        Outcome = outcome,
                        Output = OutputText.Inline(why),
                    }
                )
            : Ask(state, agent);
    }
}
