using System.Collections.Immutable;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Routing;

/// <summary>
/// Which model an agent's next request goes to, and why: from spec, state and recorded failures alone, so that replay derives it again.
/// Whether an endpoint can be had right now is no rule: that becomes a recorded failure, and the next answer here follows from it.
/// </summary>
public static class RoutingRules
{
    /// <summary>The models an agent may be answered by.</summary>
    public static ImmutableArray<AgentBinding> BindingsOf(LoopCreated created, string agent) =>
        [new AgentBinding(created.Models[KeyOf(created, agent) ?? AgentNames.Make])];

    /// <summary>The model that a gate's judges are asked of.</summary>
    public static ModelBinding ModelOf(IReadOnlyDictionary<string, ModelBinding> models, JudgeGate gate) =>
        models.GetValueOrDefault(JudgeGate.ModelKey(gate.Name)) ?? models.GetValueOrDefault(AgentNames.Judge) ?? models[AgentNames.Make];

    public static Route Next(LoopState state, Agent agent) => new(agent.Bindings[0], CauseOf(state.Created, agent));

    private static RouteCause CauseOf(LoopCreated created, Agent agent) =>
        agent.Tries switch
        {
            { InRow: 0 } => KeyOf(created, agent.Name) is not null ? RouteCause.Configured : RouteCause.Inherited,
            { Last: null } => RouteCause.Taught,
            _ => RouteCause.Retried,
        };

    /// <summary>What the spec gives the agent: a model of its gate, or of its role; null for none.</summary>
    private static string? KeyOf(LoopCreated created, string agent)
    {
        var role = AgentNames.RoleOf(agent);
        if (role == AgentNames.Judge && JudgeSeat.Find(created.Spec, agent) is { } seat)
        {
            var own = JudgeGate.ModelKey(seat.Gate);
            if (created.Models.ContainsKey(own))
            {
                return own;
            }
        }

        return created.Models.ContainsKey(role) ? role : null;
    }
}
