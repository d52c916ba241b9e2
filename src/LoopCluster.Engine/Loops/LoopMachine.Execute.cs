using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Loops;

/// <summary>Execute: turns of model and tools until the attempt claims to be finished.</summary>
public static partial class LoopMachine
{
    private const int MostTries = 6;

    private static LoopEffect Execute(LoopState state)
    {
        var done = state.FailedAttempts.Count;
        if (state.Attempt == done)
        {
            if (state.Unheard > 0)
            {
                return Decide(new StageEntered(LoopStage.Iterate));
            }

            var allowed = state.Spec.Mode == LoopMode.SingleShot ? 1 : state.Spec.Budget.Attempts;
            return done - state.InheritedAttempts >= allowed
                ? Stop(LoopStatus.BudgetExhausted, $"attempts: {allowed} allowed, all failed; the last one: {LastFailure(state)}")
                : Decide(new AttemptStarted(done + 1));
        }

        if (state.Approval is not null)
        {
            return new Wait();
        }

        if (state.PendingCalls is [var call, ..])
        {
            return state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds < 1
                ? NoSandboxSeconds(state)
                : ToolAdmission.Admit(state, call, state.InfrastructureFailures > 0 ? state.Tries.NotBefore : default);
        }

        if (StuckReason(state) is { } reason)
        {
            return Stop(LoopStatus.Stuck, reason);
        }

        if (state.Unheard > ReplyFaults.MostInRow)
        {
            var why = ReplyFaults.Reason(state.LastFault, state.Unheard);
            // No gate judged these files: a later attempt may well end on the same.
            return Decide(new AttemptFailed(state.Attempt, why, Gates.FailureSignature.Of(why), Tree: ""));
        }

        return state.Claimed ? Decide(new StageEntered(LoopStage.Verify)) : AskModel(state, ModelRoles.Make);
    }

    private static LoopEffect AskModel(LoopState state, string role)
    {
        var budget = state.Spec.Budget;
        if (state.Spend.Turns >= budget.Turns)
        {
            return Stop(LoopStatus.BudgetExhausted, $"turns: {budget.Turns} allowed, all used");
        }

        var tries = state.Tries;
        var model = state.Model(role);
        if (tries.Last is { } last && GivenUp(state, model, last) is { } end)
        {
            return end;
        }

        if (Fit(state, role, model) is not { } fit)
        {
            return TooLong(state, model, role, SmallestBytes(state, role, model));
        }

        var bound = Reservations.PromptBound(model.Window, fit.Request.Body.Length, fit.Request.Messages);
        var (affordable, exhausted) = Reservations.Afford(budget, state.Spend, model.Price, bound, fit.Reply);
        if (exhausted is not null)
        {
            return Stop(LoopStatus.BudgetExhausted, exhausted);
        }

        var request = affordable == fit.Reply ? fit.Request : Again(state, role, affordable, fit);
        var intent = new ModelRequested
        {
            Role = role,
            Model = model.Name,
            Attempt = state.Attempt,
            Turn = Answered(state, role),
            Try = tries.InRow + 1,
            RequestHash = Ledger.LedgerHash.Of(request.Body.Span).ToString(),
            RequestBytes = request.Body.Length,
            MaxTokens = affordable,
            Reserved = Reservations.Of(model.Price, bound, affordable),
            Clipped = fit.Clipped,
        };
        return new CallModel(intent, request.Body) { Intent = intent, NotBefore = tries.NotBefore };
    }

    /// <summary>
    /// Not even the smallest request can be sent. One reply with hundreds of calls is no reason to end a loop: the attempt is given up, and the next one begins without
    /// it. What an endpoint refused as too large, it may take later; what the window cannot hold, it never will.
    /// </summary>
    private static Record TooLong(LoopState state, ModelBinding model, string role, int bytes)
    {
        if (role == ModelRoles.Make && state.Conversation.Items.Any(i => i is ReplyItem))
        {
            var why = $"the last reply with the results of its tool calls does not fit the window of model '{model.Name}' ({model.Window} tokens): ask for less at once";
            return Decide(new AttemptFailed(state.Attempt, why, Gates.FailureSignature.Of(why), Tree: ""));
        }

        var refused = state.Conversation.Ceiling is null ? "" : $", and larger ones were refused as too large (the last: {state.Tries.Last?.Message})";
        var reason = $"goal, tools and the last turn do not fit the window of model '{model.Name}' ({model.Window} tokens): the smallest request has {bytes} bytes{refused}";
        return state.Conversation.Ceiling is not null ? Park(ParkCause.Refused, OutageOf.Model, reason) : Stop(LoopStatus.Unavailable, reason);
    }

    /// <summary>The loop's end or rest when no further try can help, else null.</summary>
    private static Record? GivenUp(LoopState state, ModelBinding model, ModelFailed last)
    {
        var tries = state.Tries.InRow - state.Tries.Lost;
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

    /// <summary>Replies so far in this role and those passed over, a fork's inherited ones included: the position of a script.</summary>
    private static int Answered(LoopState state, string role)
    {
        var planned = state.Spend.PlanTurns + state.InheritedPlanTurns;
        return role == ModelRoles.Plan ? planned + state.PlanSkipped : state.Spend.Turns + state.InheritedTurns - planned + state.Skipped;
    }
}
