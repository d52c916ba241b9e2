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
    /// <summary>A cheap tier has this many turns before a lack of progress is held against it.</summary>
    public const int LeastTurns = 4;

    /// <summary>So often the gate's tests were looked at in these turns, and were no better.</summary>
    public const int MostLooks = 2;

    /// <summary>The models an agent may be answered by, tier by tier.</summary>
    public static ImmutableArray<AgentBinding> BindingsOf(LoopCreated created, string agent)
    {
        var key = KeyOf(created, agent) ?? AgentNames.Make;
        return created.Tiers?.GetValueOrDefault(key) is not { } tiers
            ? [new AgentBinding(created.Models[key])]
            :
            [
                .. tiers.SelectMany(
                    (tier, level) => tier.Models.Select(m => new AgentBinding(created.Models[m], tier.Name) { Level = level })
                ),
            ];
    }

    /// <summary>The key under which a gate's judges have their models.</summary>
    public static string KeyOf(IReadOnlyDictionary<string, ModelBinding> models, JudgeGate gate) =>
        models.ContainsKey(JudgeGate.ModelKey(gate.Name)) ? JudgeGate.ModelKey(gate.Name)
        : models.ContainsKey(AgentNames.Judge) ? AgentNames.Judge
        : AgentNames.Make;

    /// <summary>Where the next request is to go. What does not fit or cannot be paid for is for <see cref="Others"/>.</summary>
    public static Route Next(LoopState state, Agent agent) =>
        Change(state, agent) is { } change ? At(state, agent, change.Level, change.Cause) : Stay(state, agent);

    /// <summary>The tier it has come to.</summary>
    public static Route Stay(LoopState state, Agent agent) => At(state, agent, agent.Route.Level, null);

    /// <summary>The tier above, for <paramref name="cause"/>; null at the top.</summary>
    public static Route? Above(LoopState state, Agent agent, RouteCause cause) =>
        agent.Route.Level < Top(agent) ? At(state, agent, agent.Route.Level + 1, cause) : null;

    /// <summary>
    /// Tiers instead of the one that cannot be asked, nearest first: cheaper ones where money is short; where the window is, larger tiers
    /// before them.
    /// </summary>
    public static IEnumerable<Route> Others(LoopState state, Agent agent, RouteCause cause)
    {
        for (var level = agent.Route.Level + 1; cause == RouteCause.Window && level <= Top(agent); level++)
        {
            yield return At(state, agent, level, cause);
        }

        for (var level = agent.Route.Level - 1; level >= 0; level--)
        {
            yield return At(state, agent, level, cause);
        }
    }

    /// <summary>The agent after a request of its went out: in another tier it is judged by what happens from here on.</summary>
    internal static Agent Requested(LoopState state, Agent agent, ModelRequested e)
    {
        var level = agent.Binding(e.Model)!.Level;
        return level == agent.Route.Level
            ? agent
            : agent with
            {
                Route = new AgentRoute
                {
                    Level = level,
                    Cause = e.Cause,
                    Failed = state.FailedAttempts.Count,
                    Steps = state.Progress.Steps,
                    Rests = agent.Route.Rests,
                },
            };
    }

    /// <summary>The agent after one more look at the gates' tests.</summary>
    internal static Agent Looked(Agent agent, bool better) =>
        agent with
        {
            Route = better ? agent.Route with { Turns = 0, Looks = 0 } : agent.Route with { Looks = agent.Route.Looks + 1 },
        };

    private static (int Level, RouteCause Cause)? Change(LoopState state, Agent agent)
    {
        var route = agent.Route;
        if (agent.Bindings.Length == 1 || agent.Name != AgentNames.Make)
        {
            return null;
        }

        if (route.Level > 0 && state.Progress.Steps > route.Steps)
        {
            return (route.Level - 1, RouteCause.Progress);
        }

        return route.Level == Top(agent) ? null
            : FailedAlike(state, route) ? (route.Level + 1, RouteCause.SameFailure)
            : route is { Turns: >= LeastTurns, Looks: >= MostLooks } ? (route.Level + 1, RouteCause.NoProgress)
            : null;
    }

    /// <summary>The last two attempts of this tier failed with one signature. Of a flaky gate that says nothing.</summary>
    private static bool FailedAlike(LoopState state, AgentRoute route)
    {
        var failed = state.FailedAttempts;
        return failed.Count - Math.Max(route.Failed, state.InheritedAttempts) >= 2
            && failed[^1] is { Flaky: null } last
            && failed[^2] is { Flaky: null } before
            && last.Signature == before.Signature;
    }

    private static Route At(LoopState state, Agent agent, int level, RouteCause? change)
    {
        AgentBinding? first = null,
            awake = null,
            soonest = null;
        foreach (var binding in agent.Bindings)
        {
            if (binding.Level != level)
            {
                continue;
            }

            first ??= binding;
            var passes = agent.Route.Passes(binding.Model.Name);
            awake ??= passes ? null : binding;
            soonest = passes && (soonest is null || UntilOf(agent, binding) < UntilOf(agent, soonest)) ? binding : soonest;
        }

        // All of them failed: the one that may be asked first, when its time has come.
        var chosen = awake ?? soonest!;
        return new Route(chosen, change ?? (chosen == first ? CauseOf(state.Created, agent) : RouteCause.Fallback));
    }

    private static DateTimeOffset UntilOf(Agent agent, AgentBinding binding) => agent.Route.Rests[binding.Model.Name].Until;

    private static int Top(Agent agent) => agent.Bindings[^1].Level;

    private static RouteCause CauseOf(LoopCreated created, Agent agent) =>
        agent.Tries switch
        {
            { InRow: 0 } => agent.Route.Cause ?? (KeyOf(created, agent.Name) is not null ? RouteCause.Configured : RouteCause.Inherited),
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
