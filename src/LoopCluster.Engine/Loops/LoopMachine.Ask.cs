using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>The next request of an agent: routed, fitted into the window, paid for.</summary>
public static partial class LoopMachine
{
    private static readonly TimeSpan UnspentPause = TimeSpan.FromSeconds(5);

    private static LoopEffect Ask(LoopState state, Agent agent)
    {
        var budget = state.Spec.Budget;
        if (state.Spend.Turns >= budget.Turns)
        {
            return Stop(LoopStatus.BudgetExhausted, $"turns: {budget.Turns} allowed, all used");
        }

        var route = RoutingRules.Next(state, agent);
        if (agent.Tries.Last is { } last && GivenUp(agent, route.Binding.Model, last) is { } end)
        {
            return end;
        }

        if (route.Binding.Level != agent.Route.Level)
        {
            // A tier down is no reason to cut the conversation: it waits for the next attempt, which begins with a short one.
            var change = Try(state, agent, route);
            if (route.Binding.Level > agent.Route.Level ? change.Whole : !change.Clipped && change.Call is not null)
            {
                return change.Call!;
            }

            route = RoutingRules.Stay(state, agent);
        }

        var asked = Try(state, agent, route);
        return asked.Call is { } first
            ? first
            : RoutingRules
                .Others(state, agent, asked.Fits ? RouteCause.Budget : RouteCause.Window)
                .Select(other => Try(state, agent, other).Call)
                .FirstOrDefault(call => call is not null)
                ?? asked.End!;
    }

    /// <summary>
    /// A loop that would end as stuck is given to the tier above first. Null where there is none, or none that what is left can pay for.
    /// </summary>
    private static LoopEffect? AskAbove(LoopState state, Agent agent) =>
        state.Spend.Turns < state.Spec.Budget.Turns
        && RoutingRules.Above(state, agent, RouteCause.Stuck) is { } above
        && Try(state, agent, above) is { Whole: true } asked
            ? asked.Call
            : null;

    private static RouteTry Try(LoopState state, Agent agent, Route route)
    {
        var model = route.Binding.Model;
        var fit = new RequestFit(state, agent, model);
        if (fit.Fit() is not { } fitted)
        {
            return new RouteTry(null, TooLong(state, agent, model, fit.SmallestBytes()), Fits: false);
        }

        var bound = Reservations.PromptBound(model.Window, fitted.Request.Body.Length, fitted.Request.Messages);
        var (affordable, exhausted) = Reservations.Afford(state.Spec.Budget, state.Spend, model.Price, bound, fitted.Reply);
        if (exhausted is not null)
        {
            return new RouteTry(null, Stop(LoopStatus.BudgetExhausted, exhausted), Fits: true);
        }

        if (state.Account)
        {
            var allotted = Allotted(state, model.Price, bound, affordable);
            if (allotted is null)
            {
                var draw = Draw(state, model.Price, bound, affordable);
                // What was refused is asked for again only where no other model is cheaper.
                return state.Uncovered is { } refused && draw.Draw.Need.Covers(refused)
                    ? new RouteTry(null, draw, Fits: true)
                    : new RouteTry(draw, null, Fits: true) { Whole = affordable == fitted.Reply, Clipped = fitted.Clipped is not null };
            }

            affordable = allotted.Value;
        }

        var request = affordable == fitted.Reply ? fitted.Request : fit.Again(fitted, affordable);
        var intent = new ModelRequested
        {
            Agent = agent.Name,
            Model = model.Name,
            Tier = route.Binding.Tier,
            Cause = route.Cause,
            Attempt = state.Attempt,
            Turn = agent.TurnOf(model.Name),
            Try = agent.Tries.InRow + 1,
            RequestHash = Ledger.LedgerHash.Of(request.Body.Span).ToString(),
            RequestBytes = request.Body.Length,
            MaxTokens = affordable,
            Reserved = Reservations.Of(model.Price, bound, affordable),
            Clipped = fitted.Clipped,
        };
        var call = new CallModel(intent, model, request.Body) { Intent = intent, NotBefore = state.NotBefore };
        return new RouteTry(call, null, Fits: true) { Whole = affordable == fitted.Reply, Clipped = fitted.Clipped is not null };
    }

    /// <param name="Call">The request, where one can be sent, or the draw of what it may cost.</param>
    /// <param name="End">What becomes of the loop where none can.</param>
    /// <param name="Fits">False: it is the window that is in the way.</param>
    private readonly record struct RouteTry(LoopEffect? Call, LoopEffect? End, bool Fits)
    {
        /// <summary>What is left pays for a whole reply: for less than that nobody goes to a dearer tier.</summary>
        public bool Whole { get; init; }

        /// <summary>Something of the conversation does not fit.</summary>
        public bool Clipped { get; init; }
    }

    /// <summary>
    /// The reply tokens that the allotment pays for: all that are wanted, or what a fresh one has; null where another is to be drawn.
    /// </summary>
    private static int? Allotted(LoopState state, ModelPrice price, long bound, int wanted)
    {
        // What is spent on a day is of that day's ceiling.
        if (state.Allotment is not { IsReturned: false } held || held.Day < DateOnly.FromDateTime(state.UpdatedAt.UtcDateTime))
        {
            return null;
        }

        if (held.Left.Covers(AmountOf(Reservations.Of(price, bound, wanted))))
        {
            return wanted;
        }

        var limits = new BudgetLimits { Tokens = held.Left.Tokens, Cost = held.Left.Cost };
        return held.Spent == SpendAmount.None && Reservations.Afford(limits, new BudgetSpend(), price, bound, wanted) is (var lowered, null)
            ? lowered
            : null;
    }

    private static DrawAllotment Draw(LoopState state, ModelPrice price, long bound, int wanted) =>
        Draw(
            state,
            new AllotmentRequested(
                Plain($"{state.Epoch}-{state.Seq + 1}"),
                AmountOf(Reservations.Of(price, bound, Math.Min(wanted, Reservations.FloorTokens))),
                AmountOf(Reservations.Of(price, bound, wanted))
            )
        );

    private static DrawAllotment Draw(LoopState state, AllotmentRequested request) =>
        new(new AllotmentDraw(state.Id, request.Lease, request.Need, request.Wish, state.Allotment))
        {
            Intent = request,
            // Of one that nothing was spent of, another is no haste.
            NotBefore =
                state.Allotment is { IsReturned: false, Spent: var spent } && spent == SpendAmount.None
                    ? Later(state.NotBefore, state.UpdatedAt + UnspentPause)
                    : state.NotBefore,
        };

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static SpendAmount AmountOf(Reservation reserved) => new(reserved.TokensIn + reserved.TokensOut, reserved.Cost);

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
        var another = FallbackRules.HasOthers(agent, model.Name)
            ? !FallbackRules.IsGivenUp(agent, model.Name)
            : agent.Tries.Model != model.Name;
        if (another)
        {
            return null;
        }

        return last.Kind switch
        {
            // A script says at its end the same for ever; an endpoint that refuses can be set right.
            ModelFailureKind.Refused when model.Script is not null => Stop(LoopStatus.Unavailable, reason),
            ModelFailureKind.Refused => Park(ParkCause.Refused, OutageOf.Model, reason),
            ModelFailureKind.ContextLength when tries >= FallbackRules.MostTooLong => Park(ParkCause.Refused, OutageOf.Model, reason),
            _ => null,
        };
    }
}
