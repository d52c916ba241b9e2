using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Loops;

/// <summary>Intents open an effect and hold its reservation; results settle it. A result for another epoch's intent is refused.</summary>
public static partial class LoopFold
{
    private static LoopState OnModelRequested(LoopState state, ModelRequested e) => Opened(state, e) with
    {
        Spend = state.Spend with { ReservedTokens = e.Reserved.TokensIn + e.Reserved.TokensOut, ReservedCost = e.Reserved.Cost },
        Conversation = Counts(e) ? state.Conversation.Requested(e) : state.Conversation,
    };

    /// <summary>Of the planning model's requests nothing stands in the conversation.</summary>
    private static bool Counts(ModelRequested request) => request.Role != ModelRoles.Plan;

    private static LoopState OnModelReplied(LoopState state, ModelReplied e)
    {
        if (Expect<ModelRequested>(state, e, out var intent) is { } fault)
        {
            return fault;
        }

        var planning = intent.Role == ModelRoles.Plan;
        var spend = state.Spend with
        {
            Turns = state.Spend.Turns + 1,
            PlanTurns = state.Spend.PlanTurns + (planning ? 1 : 0),
        };
        state = Billed(state with { Spend = spend, Open = null, Tries = new ModelTries(), InfrastructureFailures = 0, Outage = null }, e.Usage, e.Cost, e.Assumed);
        state = state with
        {
            Overbilled = OverbilledBy(intent.Reserved, e),
            Skipped = state.Skipped + (planning ? 0 : e.Skipped),
            PlanSkipped = state.PlanSkipped + (planning ? e.Skipped : 0),
        };
        var conversation = e.Assumed ? state.Conversation : state.Conversation.Calibrated(e.Usage.In, intent.RequestBytes);
        conversation = !e.Assumed && Counts(intent) ? conversation.Billed(e.Usage.In, intent) : conversation;
        var wrong = ReplyFaults.Of(e, planning ? [] : state.Created.Tools);
        var unheard = wrong is ReplyFault.None or ReplyFault.Cut ? 0 : state.Unheard + 1;
        if (planning)
        {
            // A plan is optional: after some empty ones the work goes on without.
            return unheard is > 0 and < ReplyFaults.MostInRow
                ? state with { Unheard = unheard, LastFault = wrong, Conversation = conversation }
                : state with { Plan = e.Text, Unheard = 0, Conversation = conversation };
        }

        state = state with
        {
            PendingCalls = [.. e.Tools],
            Claimed = e.Tools.Count == 0 && wrong == ReplyFault.None,
            Unheard = unheard,
            LastFault = wrong,
            Trace = wrong == ReplyFault.Cut ? state.Trace.With(FailureSignature.Hash($"cut\n{e.Text}")) : state.Trace,
        };
        conversation = conversation.WithReply(e, wrong, RoomOf(state));
        return Released(Said(state, e.Finish == ReplyFinish.Length ? conversation.WithRoomForReply(RoomOf(state)) : conversation));
    }

    private static ModelRoom RoomOf(LoopState state) => ModelRoom.Of(state.Model(ModelRoles.Make));

    /// <summary>What was left out with a stride of turns stands in the frontier from then on.</summary>
    private static LoopState Said(LoopState state, Conversation next)
    {
        if (next.Strides == state.Conversation.Strides)
        {
            return state with { Conversation = next };
        }

        var told = state with { Conversation = next with { Frontier = next.Frontier.Refreshed(state) } };
        return told with { Conversation = told.Conversation.WithHead(ContextBuilder.FrontierBound(told), RoomOf(state)) };
    }

    /// <summary>Messages that came during a turn follow it once it is complete; the model is to answer them before it may be finished.</summary>
    private static LoopState Released(LoopState state) => state.PendingCalls.IsEmpty && !state.Conversation.Held.IsEmpty
        ? Said(state with { Claimed = false }, state.Conversation.Released(RoomOf(state)))
        : state;

    private static BudgetOverrun? OverbilledBy(Reservation reserved, ModelReplied e) =>
        e.Cost > reserved.Cost ? new BudgetOverrun("cost", reserved.Cost, e.Cost)
        : (decimal)e.Usage.In + e.Usage.Out > reserved.TokensIn + reserved.TokensOut ? new BudgetOverrun("tokens", reserved.TokensIn + reserved.TokensOut, (decimal)e.Usage.In + e.Usage.Out)
        : null;

    private static LoopState OnModelFailed(LoopState state, ModelFailed e, DateTimeOffset at)
    {
        if (Expect<ModelRequested>(state, e, out var intent) is { } fault)
        {
            return fault;
        }

        if (e is { Kind: ModelFailureKind.Refused, Rejected: { } rejected } && Taught(state, intent.Role, rejected) is { } taught)
        {
            // The next try is another request: this one says nothing about whether the model can be had.
            return Released(Billed(taught with { Open = null, Tries = state.Tries with { InRow = state.Tries.InRow + 1, Lost = state.Tries.Lost + 1, Last = null, NotBefore = at } }, e.Usage, e.Cost, e.Assumed));
        }

        var lost = state.Tries.Lost + (e.Kind == ModelFailureKind.Aborted ? 1 : 0);
        // A refusal is an answer: whatever it was that did not answer before, it is there again.
        var outage = OutageRules.IsOutage(e.Kind) ? OutageRules.After(state, e, at) : e.Kind == ModelFailureKind.Aborted ? state.Outage : null;
        var tries = new ModelTries(state.Tries.InRow + 1, e, outage?.NextTry ?? at, lost);
        state = Billed(state with { Open = null, Outage = outage, Tries = tries }, e.Usage, e.Cost, e.Assumed);
        return Released(e.Kind == ModelFailureKind.ContextLength
            ? Said(state, state.Conversation.Shrunk(ModelRoom.Of(state.Model(intent.Role)), intent.RequestBytes))
            : state);
    }

    /// <summary>The state with what a refusal teaches; null when it teaches nothing new.</summary>
    private static LoopState? Taught(LoopState state, string role, RejectedParameter rejected)
    {
        var model = state.Model(role);
        var lesson = $"{model.Name} {rejected.Name}";
        return !state.Lessons.Contains(lesson) && DialectLessons.Learn(state.Dialect(role), model.Stream, rejected) is { } dialect
            ? state with { Lessons = state.Lessons.Add(lesson), Learned = state.Learned.SetItem(model.Name, dialect) }
            : null;
    }

    private static LoopState Billed(LoopState state, Usage usage, decimal cost, bool assumed) => state with
    {
        Spend = state.Spend with
        {
            TokensIn = Raised(state.Spend.TokensIn, usage.In),
            TokensOut = Raised(state.Spend.TokensOut, usage.Out),
            TokensCached = Raised(state.Spend.TokensCached, usage.Cached),
            Cost = state.Spend.Cost + Math.Max(0, cost),
            TokensAssumed = assumed ? Raised(Raised(state.Spend.TokensAssumed, usage.In), usage.Out) : state.Spend.TokensAssumed,
            CostAssumed = state.Spend.CostAssumed + (assumed ? Math.Max(0, cost) : 0),
            ReservedTokens = 0,
            ReservedCost = 0,
        },
    };

    /// <summary>An endpoint's figures are its own: they never lower what was spent, nor wrap it round.</summary>
    private static long Raised(long spent, long by) => spent > MostTokens - Math.Clamp(by, 0, MostTokens) ? MostTokens : spent + Math.Max(0, by);

    private const long MostTokens = long.MaxValue / 4;

    private static LoopState OnToolRequested(LoopState state, ToolRequested e)
    {
        if (!IsNextCall(state, e.Call, e.Tool) || state.Approval is not null)
        {
            return Unfit(state, e, "it is not the next call of the last reply");
        }

        return e.ReservedSeconds < 0 || e.ReservedSeconds > SecondsLeft(state)
            ? Unfit(state, e, "more sandbox time is held back than is left")
            : Opened(state, e) with { Grant = null, Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds } };
    }

    private static bool IsNextCall(LoopState state, string? call, string? tool) => state.PendingCalls is [var next, ..] && next.Id == call && next.Name == tool;

    private static double SecondsLeft(LoopState state) => Math.Max(0, state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds);

    private static LoopState OnToolCompleted(LoopState state, ToolCompleted e)
    {
        if (!IsNextCall(state, e.Call, e.Tool) || state.Approval is not null)
        {
            return Unfit(state, e, "it is not the next call of the last reply");
        }

        if (state.Open is null)
        {
            return e.Outcome is ToolOutcome.Error or ToolOutcome.Denied ? WithResult(state, e) : Unfit(state, e, "no intent is open");
        }

        if (Expect<ToolRequested>(state, e, out _) is { } fault)
        {
            return fault;
        }

        return WithResult(WithSandboxSeconds(state, e.SandboxSeconds, state.Spend.ReservedSeconds), e);
    }

    private static LoopState WithResult(LoopState state, ToolCompleted e)
    {
        var call = state.PendingCalls[0];
        var observed = e.Output.Blob?.Hash ?? FailureSignature.Hash(e.Output.Text ?? "");
        state = state with
        {
            Open = null,
            Grant = null,
            PendingCalls = state.PendingCalls.RemoveAt(0),
            Claimed = state.Claimed || (e.Tool == ToolNames.Done && e.Outcome == ToolOutcome.Ok),
            InfrastructureFailures = 0,
            Outage = null,
            Trace = state.Trace.With(FailureSignature.Hash($"{call.Name}\n{call.Arguments}\n{e.Outcome}\n{observed}")),
            Outputs = e.Output.Blob is { } blob ? state.Outputs.Add(blob.Hash) : state.Outputs,
        };
        return Released(Said(state, state.Conversation.WithResult(e.Output, RoomOf(state))));
    }

    private static LoopState OnWorkspaceCommitted(LoopState state, WorkspaceCommitted e) =>
        e.Parent != state.Workspace.Commit
            ? Unfit(state, e, $"its parent {e.Parent} is not the workspace's commit {state.Workspace.Commit}")
            : state with
            {
                Workspace = new WorkspacePosition(e.Commit, e.Tree, state.Workspace.Packs.Add(e.Pack))
                {
                    Changed = e.Changed,
                    Violations = e.Violations,
                    Files = e.Files,
                    Lines = e.Lines,
                },
            };

    private static LoopState OnPrepareStarted(LoopState state, PrepareStarted e) => e.ReservedSeconds < 0 || e.ReservedSeconds > SecondsLeft(state)
        ? Unfit(state, e, "more sandbox time is held back than is left")
        : Opened(state, e) with { Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds } };

    private static LoopState OnBasePrepared(LoopState state, BasePrepared e) => Expect<PrepareStarted>(state, e, out _)
        ?? WithSandboxSeconds(state, e.SandboxSeconds, state.Spend.ReservedSeconds) with { Open = null, Prepared = e, InfrastructureFailures = 0, Outage = null };

    /// <summary>One that was cut off says nothing about the command.</summary>
    private static LoopState OnPrepareFailed(LoopState state, PrepareFailed e) => Expect<PrepareStarted>(state, e, out _)
        ?? WithSandboxSeconds(state, e.SandboxSeconds, state.Spend.ReservedSeconds) with { Open = null, PrepareFailure = e.End == RunEnd.CutOff ? null : e };

    private static LoopState OnGateStarted(LoopState state, GateStarted e) => !state.Spec.Gates.Any(g => g.Name == e.Gate)
        ? Unfit(state, e, $"the spec has no gate '{e.Gate}'")
        : Opened(state, e) with { Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds } };

    private static LoopState OnGateCompleted(LoopState state, GateCompleted e, DateTimeOffset at)
    {
        if (Expect<GateStarted>(state, e, out var intent) is { } fault)
        {
            return fault;
        }

        if (e.Gate != intent.Gate || e.Phase != intent.Phase || e.Tree != intent.Tree || e.Run != intent.Run || e.Rerun != intent.Rerun)
        {
            return Unfit(state, e, $"run {intent.Run} of gate '{intent.Gate}' on {intent.Tree} is open, not this one");
        }

        state = WithSandboxSeconds(state, e.SandboxSeconds, state.Spend.ReservedSeconds) with
        {
            Open = null,
            Outputs = e.Output.Blob is { } blob ? state.Outputs.Add(blob.Hash) : state.Outputs,
        };
        return e.Outcome switch
        {
            GateOutcome.Unavailable => Broken(state, new InfrastructureFailed("gate-unavailable", e.Output.Text ?? ""), intent, at),
            GateOutcome.Aborted => state,
            _ when e.Phase == GatePhase.Baseline => state with { InfrastructureFailures = 0, Outage = null, Baseline = state.Baseline.SetItem(e.Gate, e) },
            _ => state with
            {
                InfrastructureFailures = 0,
                Outage = null,
                GateResults = state.GateResults.SetItem(e.Gate, e),
            },
        };
    }

    /// <summary>An older epoch's intent is only ever taken up again as it is, and only when it may be run twice.</summary>
    private static LoopState Opened(LoopState state, LoopEvent intent) => state.Open switch
    {
        null => state with { Open = new OpenIntent(intent, state.Epoch, state.UpdatedAt) },
        { Intent: PrepareStarted or GateStarted or ToolRequested { Class: not EffectClass.External } } old when old.Epoch != state.Epoch && old.Intent == intent =>
            state with { Open = new OpenIntent(intent, state.Epoch, state.UpdatedAt) },
        { Intent: var open } => Unfit(state, intent, $"{EventTypes.NameOf(open)} is still open"),
    };

    /// <summary>Null when the open intent is a <typeparamref name="T"/> of this epoch, else the faulted state.</summary>
    private static LoopState? Expect<T>(LoopState state, LoopEvent result, out T intent) where T : LoopEvent
    {
        intent = null!;
        if (state.Open is not { Intent: T open } || (state.Open.Epoch != state.Epoch && !IsReconciliation(open, result)))
        {
            return Unfit(state, result, state.Open is null ? "no intent is open" : "the open intent is another, or an older epoch's");
        }

        intent = open;
        return null;
    }

    /// <summary>What a new driver may say about an older epoch's intent: that it is unknown or cut off, never that it succeeded.</summary>
    private static bool IsReconciliation(LoopEvent intent, LoopEvent result) => (intent, result) switch
    {
        (ModelRequested request, ModelFailed { Kind: ModelFailureKind.Aborted, Assumed: true } failed) =>
            failed.Cost == request.Reserved.Cost && failed.Usage.In == request.Reserved.TokensIn && failed.Usage.Out == request.Reserved.TokensOut,
        (_, ToolCompleted { Outcome: ToolOutcome.Unknown or ToolOutcome.Aborted } or GateCompleted { Outcome: GateOutcome.Aborted } or PrepareFailed { End: RunEnd.CutOff }) => true,
        _ => false,
    };

    private static LoopState Settle(LoopState state) => state with { Spend = state.Spend with { ReservedSeconds = 0, ReservedTokens = 0, ReservedCost = 0 } };

    /// <summary>A kill takes a moment after the deadline; what a call is charged never passes what was held back for it.</summary>
    private static LoopState WithSandboxSeconds(LoopState state, double used, double reserved) => state with
    {
        Spend = state.Spend with { SandboxSeconds = state.Spend.SandboxSeconds + Math.Clamp(used, 0, Math.Max(0, reserved)), ReservedSeconds = 0 },
    };
}
