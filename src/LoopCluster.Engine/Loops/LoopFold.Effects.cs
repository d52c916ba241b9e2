using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;

namespace LoopCluster.Engine.Loops;

/// <summary>Intents open an effect and hold its reservation; results settle it. A result for another epoch's intent is refused.</summary>
public static partial class LoopFold
{
    private static LoopState OnModelRequested(LoopState state, ModelRequested e) => Opened(state, e) with
    {
        Spend = state.Spend with { ReservedTokens = e.Reserved.TokensIn + e.Reserved.TokensOut, ReservedCost = e.Reserved.Cost },
    };

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
        state = Billed(state with { Spend = spend, Open = null, Tries = new ModelTries(), InfrastructureFailures = 0 }, e.Usage, e.Cost);
        var conversation = e.Assumed ? state.Conversation : state.Conversation.Calibrated(e.Usage.In, intent.RequestBytes);
        if (planning)
        {
            return state with { Plan = e.Text, Conversation = conversation };
        }

        var item = new ReplyItem(e.Text, e.Tools, e.Finish == ReplyFinish.Length);
        return state with
        {
            Conversation = conversation.With(item, state.Model(intent.Role).Window),
            PendingCalls = [.. e.Tools],
            Claimed = e.Tools.Count == 0 && e.Finish != ReplyFinish.Length,
        };
    }

    private static LoopState OnModelFailed(LoopState state, ModelFailed e, DateTimeOffset at)
    {
        if (state.Open?.Intent is not ModelRequested)
        {
            return Unfit(state, e, "no request is open");
        }

        var failures = state.Tries.InRow + 1;
        var wait = e.RetryAfterMs is { } asked ? TimeSpan.FromMilliseconds(asked) : Backoff.After(failures);
        var tries = new ModelTries(failures, e, e.Kind is ModelFailureKind.Aborted or ModelFailureKind.ContextLength ? at : at + wait);
        return Billed(state with { Open = null, Tries = tries }, e.Usage, e.Cost) with
        {
            Conversation = e.Kind == ModelFailureKind.ContextLength ? state.Conversation.Shrunk() : state.Conversation,
        };
    }

    private static LoopState Billed(LoopState state, Usage usage, decimal cost) => state with
    {
        Spend = state.Spend with
        {
            TokensIn = state.Spend.TokensIn + usage.In,
            TokensOut = state.Spend.TokensOut + usage.Out,
            TokensCached = state.Spend.TokensCached + usage.Cached,
            Cost = state.Spend.Cost + cost,
            ReservedTokens = 0,
            ReservedCost = 0,
        },
    };

    private static LoopState OnToolRequested(LoopState state, ToolRequested e) => state.PendingCalls.IsEmpty || state.PendingCalls[0].Id != e.Call
        ? Unfit(state, e, "it is not the next call of the last reply")
        : Opened(state, e) with { Grant = null, Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds } };

    private static LoopState OnToolCompleted(LoopState state, ToolCompleted e)
    {
        if (state.PendingCalls.IsEmpty || state.PendingCalls[0].Id != e.Call)
        {
            return Unfit(state, e, "it is not the next call of the last reply");
        }

        if (state.Open is not null && Expect<ToolRequested>(state, e, out _) is { } fault)
        {
            return fault;
        }

        return WithResult(WithSandboxSeconds(state, e.SandboxSeconds, state.Spend.ReservedSeconds), e);
    }

    private static LoopState WithResult(LoopState state, ToolCompleted e)
    {
        var call = state.PendingCalls[0];
        var observed = e.Output.Blob?.Hash ?? FailureSignature.Hash(e.Output.Text ?? "");
        return state with
        {
            Open = null,
            Grant = null,
            PendingCalls = state.PendingCalls.RemoveAt(0),
            Claimed = state.Claimed || (e.Tool == ToolNames.Done && e.Outcome == ToolOutcome.Ok),
            InfrastructureFailures = 0,
            Trace = state.Trace.With(FailureSignature.Hash($"{call.Name}\n{call.Arguments}\n{e.Outcome}\n{observed}")),
            Outputs = e.Output.Blob is { } blob ? state.Outputs.Add(blob.Hash) : state.Outputs,
            Conversation = state.Conversation.With(new ResultItem(e.Call, e.Output), state.Model(ModelRoles.Make).Window),
        };
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

    private static LoopState OnGateStarted(LoopState state, GateStarted e) =>
        Opened(state, e) with { Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds } };

    private static LoopState OnGateCompleted(LoopState state, GateCompleted e)
    {
        if (Expect<GateStarted>(state, e, out _) is { } fault)
        {
            return fault;
        }

        state = WithSandboxSeconds(state, e.SandboxSeconds, state.Spend.ReservedSeconds) with
        {
            Open = null,
            Outputs = e.Output.Blob is { } blob ? state.Outputs.Add(blob.Hash) : state.Outputs,
        };
        return e.Outcome switch
        {
            GateOutcome.Unavailable => state with { InfrastructureFailures = state.InfrastructureFailures + 1, LastInfrastructureFailure = new InfrastructureFailed("gate-unavailable", e.Output.Text ?? "") },
            GateOutcome.Aborted => state,
            _ when e.Phase == GatePhase.Baseline => state with { InfrastructureFailures = 0, Baseline = state.Baseline.SetItem(e.Gate, e) },
            _ => state with
            {
                InfrastructureFailures = 0,
                GateResults = state.GateResults.SetItem(e.Gate, e),
                GatePasses = e.Outcome == GateOutcome.Passed ? e.Run : 0,
            },
        };
    }

    private static LoopState Opened(LoopState state, LoopEvent intent) =>
        state.Open is { } open && open.Epoch == state.Epoch
            ? Unfit(state, intent, $"{EventTypes.NameOf(open.Intent)} is still open")
            : state with { Open = new OpenIntent(intent, state.Epoch) };

    /// <summary>Null when the open intent is a <typeparamref name="T"/> of this epoch, else the faulted state.</summary>
    private static LoopState? Expect<T>(LoopState state, LoopEvent result, out T intent) where T : LoopEvent
    {
        intent = null!;
        if (state.Open is not { Intent: T open } || (state.Open.Epoch != state.Epoch && !IsReconciliation(result)))
        {
            return Unfit(state, result, state.Open is null ? "no intent is open" : "the open intent is another, or an older epoch's");
        }

        intent = open;
        return null;
    }

    /// <summary>What a new driver may say about an older epoch's intent: that it is unknown or cut off, never that it succeeded.</summary>
    private static bool IsReconciliation(LoopEvent result) => result is
        ToolCompleted { Outcome: ToolOutcome.Unknown or ToolOutcome.Aborted } or GateCompleted { Outcome: GateOutcome.Aborted };

    private static LoopState Settle(LoopState state) => state with { Spend = state.Spend with { ReservedSeconds = 0, ReservedTokens = 0, ReservedCost = 0 } };

    /// <summary>A kill takes a moment after the deadline; what a call is charged never passes what was held back for it.</summary>
    private static LoopState WithSandboxSeconds(LoopState state, double used, double reserved) => state with
    {
        Spend = state.Spend with
        {
            SandboxSeconds = state.Spend.SandboxSeconds + (reserved > 0 ? Math.Min(used, reserved) : used),
            ReservedSeconds = 0,
        },
    };
}
