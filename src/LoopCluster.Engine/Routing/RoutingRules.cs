using System.Collections.Immutable;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Routing;

/// <summary>
/// Which model an agent's next request goes to, and why: from spec, state and recorded failures alone, so that replay derives it again.
/// Whether an endpoint can be had right now is no rule: that becomes a recorded failure, and the next answer here follows from it.
/// </summary>
public static class RoutingRules
{
    /// <summary>The models an agent may be answered by.</summary>
    public static ImmutableArray<AgentBinding> BindingsOf(LoopCreated created, string agent) =>
        [new AgentBinding(created.Models.TryGetValue(AgentNames.RoleOf(agent), out var own) ? own : created.Models[AgentNames.Make])];

    public static Route Next(LoopState state, Agent agent) => new(agent.Bindings[0], CauseOf(state.Created, agent));

    private static RouteCause CauseOf(LoopCreated created, Agent agent) =>
        agent.Tries switch
        {
            { InRow: 0 } => created.Models.ContainsKey(AgentNames.RoleOf(agent.Name)) ? RouteCause.Configured : RouteCause.Inherited,
            { Last: null } => RouteCause.Taught,
            _ => RouteCause.Retried,
        };
}
