using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Loops;

/// <summary>The next request of an agent: routed, fitted into the window, paid for.</summary>
public static partial class LoopMachine
{
    private const int MostTries = 6;

    private static LoopEffect Ask(LoopState state, Agent agent)
    {
        var budget = state.Spec.Budget;
        if (state.Spend.Turns >= budget.Turns)
        {
            return Stop(LoopStatus.BudgetExhausted, $"turns: {budget.Turns} allowed, all used");
        }

        var route = RoutingRules.Next(state, agent);
        var model = route.Binding.Model;
        if (agent.Tries.Last is { } last && GivenUp(agent, model, last) is { } end)
        {
            return end;
        }

        var fit = new RequestFit(state, agent, model);
        if (fit.Fit() is not { } fitted)
        {
            return TooLong(state, agent, model, fit.SmallestBytes());
        }

        var bound = Reservations.PromptBound(model.Window, fitted.Request.Body.Length, fitted.Request.Messages);
        var (affordable, exhausted) = Reservations.Afford(budget, state.Spend, model.Price, bound, fitted.Reply);
        if (exhausted is not null)
        {
            return Stop(LoopStatus.BudgetExhausted, exhausted);
        }

        var request = affordable == fitted.Reply ? fitted.Request : fit.Again(fitted, affordable);
        var intent = new ModelRequested
        {
            Agent = agent.Name,
            Model = model.Name,
            Tier = route.Binding.Tier,
            Cause = route.Cause,
            Attempt = state.Attempt,
            Turn = agent.Turn,
            Try = agent.Tries.InRow + 1,
            RequestHash = Ledger.LedgerHash.Of(request.Body.Span).ToString(),
            RequestBytes = request.Body.Length,
            MaxTokens = affordable,
            Reserved = Reservations.Of(model.Price, bound, affordable),
            Clipped = fitted.Clipped,
        };
        return new CallModel(intent, model, request.Body) { Intent = intent, NotBefore = state.NotBefore };
    }

    /// <summary>
    /// Not even the smallest request can be sent. One reply with hundreds of calls is no reason to end a loop: the attempt is given up, and
    /// the next one begins without it. What an endpoint refused as too large, it may take later; what the window cannot hold, it never
    /// will.
    /// </summary>
    private static Record TooLong(LoopState state, Agent agent, ModelBinding model, int bytes)
    {
        if (agent.Name == AgentNames.Make && agent.Conversation.Items.Any(i => i is ReplyItem))
        {
            var why =
                $"the last reply with the results of its tool calls does not fit the window of model '{model.Name}' ({model.Window} tokens): ask for less at once";
            return Decide(new AttemptFailed(state.Attempt, why, Gates.FailureSignature.Of(why), Tree: ""));
        }

        var ceiling = agent.Conversation.Ceiling;
        var refused = ceiling is null ? "" : $", and larger ones were refused as too large (the last: {agent.Tries.Last?.Message})";
        var reason =
            $"goal, tools and the last turn do not fit the window of model '{model.Name}' ({model.Window} tokens): the smallest request has {bytes} bytes{refused}";
        return ceiling is not null ? Park(ParkCause.Refused, OutageOf.Model, reason) : Stop(LoopStatus.Unavailable, reason);
    }

    /// <summary>The loop's end or rest when no further try can help, else null.</summary>
    private static Record? GivenUp(Agent agent, ModelBinding model, ModelFailed last)
    {
        var tries = agent.Tries.InRow - agent.Tries.Lost;
        var reason = $"model '{model.Name}' is unavailable after {tries} {(tries == 1 ? "try" : "tries")}: {last.Message}";
        return last.Kind switch
        {
            // A script says at its end the same for ever; an endpoint that refuses can be set right.
            ModelFailureKind.Refused when model.Script is not null => Stop(LoopStatus.Unavailable, reason),
            ModelFailureKind.Refused => Park(ParkCause.Refused, OutageOf.Model, reason),
            ModelFailureKind.ContextLength when tries >= MostTries => Park(ParkCause.Refused, OutageOf.Model, reason),
            _ => null,
        };
    }
}
