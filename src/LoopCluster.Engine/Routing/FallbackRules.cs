using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Routing;

/// <summary>
/// What a failed try means for the next one where a tier has several models: the one that failed rests, and the next is asked at once. Only
/// when all of them rest is there an outage.
/// </summary>
public static class FallbackRules
{
    /// <summary>Refusals of one request as too long before the model is given up.</summary>
    internal const int MostTooLong = 6;

    /// <summary>Unusable replies in a row before another model of the tier is asked.</summary>
    private const int MostUnheard = 2;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MostAsked = TimeSpan.FromDays(30);

    /// <summary>The agent after its request failed.</summary>
    internal static Agent Failed(Agent agent, ModelRequested request, ModelFailed failure, DateTimeOffset at)
    {
        if (!HasOthers(agent, request.Model) || failure.Kind == ModelFailureKind.Aborted)
        {
            return agent;
        }

        var route = Awake(agent.Route, at);
        var failures = (route.Rests.GetValueOrDefault(request.Model)?.Failures ?? 0) + 1;
        var until = failure.Kind switch
        {
            ModelFailureKind.Refused => DateTimeOffset.MaxValue,
            ModelFailureKind.ContextLength => agent.Tries.InRow - agent.Tries.Lost >= MostTooLong ? DateTimeOffset.MaxValue : at,
            ModelFailureKind.CircuitOpen => at + Larger(Asked(failure.RetryAfterMs ?? 1), Backoff(failures)),
            _ => at + (failure.RetryAfterMs is { } asked ? Asked(asked) : Backoff(failures)),
        };
        return until == at ? agent : agent with { Route = Resting(route, request.Model, new EndpointRest(until, failures)) };
    }

    /// <summary>
    /// The agent after its request was answered. An answer that is a refusal of the model's own, or the second in a row that nothing can be
    /// done with, is as good as a failure.
    /// </summary>
    internal static Agent Answered(Agent agent, ModelRequested request, ReplyFault wrong, DateTimeOffset at)
    {
        if (agent.Bindings.Length == 1)
        {
            return agent;
        }

        var route = Awake(agent.Route, at);
        route = route with { Turns = route.Turns + 1 };
        if (HasOthers(agent, request.Model) && (wrong == ReplyFault.Filtered || (wrong != ReplyFault.None && agent.Unheard >= MostUnheard)))
        {
            var failures = (route.Rests.GetValueOrDefault(request.Model)?.Failures ?? 0) + 1;
            return agent with { Route = Resting(route, request.Model, new EndpointRest(at + Backoff(failures), failures)) };
        }

        return agent with
        {
            Route = wrong == ReplyFault.None ? route with { Rests = route.Rests.Remove(request.Model) } : route,
        };
    }

    /// <summary>The outage after a failed try; null where another model is asked at once, or none ever again.</summary>
    internal static Outage? Outage(LoopState state, Agent agent, ModelRequested request, ModelFailed failure, DateTimeOffset at)
    {
        if (!HasOthers(agent, request.Model))
        {
            return OutageRules.IsOutage(failure.Kind) ? OutageRules.After(state, failure, at) : null;
        }

        var level = agent.Binding(request.Model)!.Level;
        var soonest = agent
            .Bindings.Where(b => b.Level == level)
            .Min(b => agent.Route.Rests.GetValueOrDefault(b.Model.Name) is { Holds: true } rest ? rest.Until : at);
        var hasAnswered = agent.Bindings.Any(b => b.Level == level && !agent.Route.Rests.ContainsKey(b.Model.Name));
        return soonest == DateTimeOffset.MaxValue ? null
            : soonest > at ? OutageRules.Until(state, failure, soonest, at)
            // Each has failed since it last answered, and took longer over it than the others rest: that is an outage all the same.
            : !hasAnswered && OutageRules.IsOutage(failure.Kind) ? OutageRules.After(state, failure, at)
            // An outage that all of them had goes on until one answers.
            : state.Outage is { } outage && OutageRules.IsOutage(failure.Kind)
                ? outage with
                {
                    Last = at,
                    Failures = outage.Failures + 1,
                    Message = failure.Message,
                    NextTry = at,
                }
            : null;
    }

    /// <summary>Nothing can be had of the model any more, whatever is waited for.</summary>
    internal static bool IsGivenUp(Agent agent, string model) => agent.Route.Rests.GetValueOrDefault(model) is { IsForGood: true };

    internal static bool HasOthers(Agent agent, string model)
    {
        var level = agent.Binding(model)!.Level;
        return agent.Bindings.Length > 1 && agent.Bindings.Any(b => b.Level == level && b.Model.Name != model);
    }

    private static AgentRoute Resting(AgentRoute route, string model, EndpointRest rest) =>
        route with
        {
            Rests = route.Rests.SetItem(model, rest),
        };

    /// <summary>Rests that are over by now.</summary>
    private static AgentRoute Awake(AgentRoute route, DateTimeOffset at)
    {
        foreach (var (model, rest) in route.Rests)
        {
            if (rest.Holds && rest.Until <= at)
            {
                route = Resting(route, model, rest with { Holds = false });
            }
        }

        return route;
    }

    private static TimeSpan Backoff(int failures) =>
        First * Math.Pow(2, Math.Min(failures - 1, 10)) is var wait && wait < Longest ? wait : Longest;

    private static TimeSpan Larger(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Asked(long milliseconds) =>
        TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 1, (long)MostAsked.TotalMilliseconds));
}
