using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Loops;

/// <summary>Intents open an effect and hold its reservation; results settle it. A result for another epoch's intent is refused.</summary>
public static partial class LoopFold
{
    private static LoopState OnToolRequested(LoopState state, ToolRequested e)
    {
        if (!IsNextCall(state, e.Call, e.Tool) || state.Approval is not null)
        {
            return Unfit(state, e, "it is not the next call of the last reply");
        }

        return e.ReservedSeconds < 0 || e.ReservedSeconds > SecondsLeft(state)
            ? Unfit(state, e, "more sandbox time is held back than is left")
            : OpenFault(state, e)
                ?? state with
                {
                    Open = new OpenIntent(e, state.Epoch, state.UpdatedAt),
                    Grant = null,
                    Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds },
                };
    }

    private static bool IsNextCall(LoopState state, string? call, string? tool) =>
        state.NextCall is { } next && next.Id == call && next.Name == tool;

    private static double SecondsLeft(LoopState state) => Math.Max(0, state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds);

    private static LoopState OnToolCompleted(LoopState state, ToolCompleted e)
    {
        if (!IsNextCall(state, e.Call, e.Tool) || state.Approval is not null)
        {
            return Unfit(state, e, "it is not the next call of the last reply");
        }

        if (state.Exploring is { Answered: not null } explored && explored.Started.Call == e.Call && state.Open is null)
        {
            return WithResult(state with { Exploring = null }, e);
        }

        if (state.Open is null)
        {
            return e.Outcome is ToolOutcome.Error or ToolOutcome.Denied ? WithResult(state, e) : Unfit(state, e, "no intent is open");
        }

        if (Expect<ToolRequested>(state, e, out _) is { } fault)
        {
            return fault;
        }

        return WithResult(WithSandboxSeconds(state, e.SandboxSeconds), e);
    }

    /// <summary>The next call of the agent whose turn it is has this result.</summary>
    private static LoopState WithResult(LoopState state, ToolCompleted e)
    {
        var agent = state.Acting;
        var call = agent.NextCall!;
        agent = Said(state, agent with { Answered = agent.Answered + 1 }, agent.Conversation.WithResult(e.Output, agent.Room));
        var interrupted = Release(state, ref agent);
        state = state with
        {
            Open = null,
            Grant = null,
            Agents = state.Agents.With(agent),
            Claimed = !interrupted && (state.Claimed || (e.Tool == ToolNames.Done && e.Outcome == ToolOutcome.Ok)),
            InfrastructureFailures = 0,
            Outage = null,
            NotBefore = default,
            Trace = state.Trace.With(new StuckStep(call.Name, call.Arguments, e.Outcome, e.Output.Blob?.Hash ?? e.Output.Text ?? "")),
            Outputs = e.Output.Blob is { } blob ? state.Outputs.Add(blob.Hash) : state.Outputs,
        };
        return ProgressRules.After(state, call, e);
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

    private static LoopState OnPrepareStarted(LoopState state, PrepareStarted e) =>
        e.ReservedSeconds < 0 || e.ReservedSeconds > SecondsLeft(state)
            ? Unfit(state, e, "more sandbox time is held back than is left")
            : OpenFault(state, e)
                ?? state with
                {
                    Open = new OpenIntent(e, state.Epoch, state.UpdatedAt),
                    Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds },
                };

    private static LoopState OnBasePrepared(LoopState state, BasePrepared e) =>
        Expect<PrepareStarted>(state, e, out _)
        ?? WithSandboxSeconds(state, e.SandboxSeconds) with
        {
            Open = null,
            Prepared = e,
            InfrastructureFailures = 0,
            Outage = null,
            NotBefore = default,
        };

    /// <summary>One that was cut off says nothing about the command.</summary>
    private static LoopState OnPrepareFailed(LoopState state, PrepareFailed e) =>
        Expect<PrepareStarted>(state, e, out _)
        ?? WithSandboxSeconds(state, e.SandboxSeconds) with
        {
            Open = null,
            PrepareFailure = e.End == RunEnd.CutOff ? null : e,
        };

    private static LoopState OnGateStarted(LoopState state, GateStarted e) =>
        !state.Spec.Gates.Any(g => g is CommandGate && g.Name == e.Gate)
            ? Unfit(state, e, $"the spec has no gate '{e.Gate}' with a command")
            : OpenFault(state, e)
                ?? state with
                {
                    Open = new OpenIntent(e, state.Epoch, state.UpdatedAt),
                    Spend = state.Spend with { ReservedSeconds = e.ReservedSeconds },
                };

    private static LoopState OnGateCompleted(LoopState state, GateCompleted e, DateTimeOffset at) =>
        ProgressRules.After(OnGateConcluded(state, e, at), e);

    private static LoopState OnGateConcluded(LoopState state, GateCompleted e, DateTimeOffset at)
    {
        if (state.Spec.Gates.Any(g => g is JudgeGate && g.Name == e.Gate))
        {
            return OnJudgesDecided(state, e);
        }

        if (Expect<GateStarted>(state, e, out var intent) is { } fault)
        {
            return fault;
        }

        if (e.Gate != intent.Gate || e.Phase != intent.Phase || e.Tree != intent.Tree || e.Run != intent.Run || e.Rerun != intent.Rerun)
        {
            return Unfit(state, e, $"run {intent.Run} of gate '{intent.Gate}' on {intent.Tree} is open, not this one");
        }

        state = WithSandboxSeconds(state, e.SandboxSeconds) with
        {
            Open = null,
            Outputs = e.Output.Blob is { } blob ? state.Outputs.Add(blob.Hash) : state.Outputs,
        };
        state = e.Outcome is GateOutcome.Unavailable or GateOutcome.Aborted
            ? state
            : state with
            {
                Tallies = state.Tallies.SetItem(e.Gate, (state.Tallies.GetValueOrDefault(e.Gate) ?? GateTally.None).With(e)),
            };
        return e.Outcome switch
        {
            GateOutcome.Unavailable => Broken(state, new InfrastructureFailed("gate-unavailable", e.Output.Text ?? ""), intent, at),
            GateOutcome.Aborted => state,
            _ when e.Phase == GatePhase.Baseline => state with
            {
                InfrastructureFailures = 0,
                Outage = null,
                NotBefore = default,
                // Further runs only say how steady it is there.
                Baseline = e.Run > 1 && state.Baseline.ContainsKey(e.Gate) ? state.Baseline : state.Baseline.SetItem(e.Gate, e),
            },
            _ when e.IsProbe => state with
            {
                InfrastructureFailures = 0,
                Outage = null,
                NotBefore = default,
                Probes = state.Probes.SetItem(new ProbeKey(e.Gate, e.Phase, e.Run), e),
            },
            _ => state with
            {
                InfrastructureFailures = 0,
                Outage = null,
                NotBefore = default,
                GateResults = state.GateResults.SetItem(e.Gate, e),
            },
        };
    }

    /// <summary>
    /// Null when the intent may be opened. An older epoch's is only ever taken up again as it is, and only when it may be run twice.
    /// </summary>
    private static LoopState? OpenFault(LoopState state, LoopEvent intent) =>
        state.Open switch
        {
            null => null,
            { Intent: AllotmentRequested or PrepareStarted or GateStarted or ToolRequested { Class: not EffectClass.External } } old
                when old.Epoch != state.Epoch && old.Intent == intent => null,
            { Intent: var open } => Unfit(state, intent, $"{EventTypes.NameOf(open)} is still open"),
        };

    /// <summary>Null when the open intent is a <typeparamref name="T"/> of this epoch, else the faulted state.</summary>
    private static LoopState? Expect<T>(LoopState state, LoopEvent result, out T intent)
        where T : LoopEvent
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
    private static bool IsReconciliation(LoopEvent intent, LoopEvent result) =>
        (intent, result) switch
        {
            (ModelRequested request, ModelFailed { Kind: ModelFailureKind.Aborted, Assumed: true } failed) => failed.Cost
                == request.Reserved.Cost
                && failed.Usage.In == request.Reserved.TokensIn
                && failed.Usage.Out == request.Reserved.TokensOut,
            (
                _,
                ToolCompleted { Outcome: ToolOutcome.Unknown or ToolOutcome.Aborted }
                    or GateCompleted { Outcome: GateOutcome.Aborted }
                    or PrepareFailed { End: RunEnd.CutOff }
                    or AllotmentRefused
            ) => true,
            _ => false,
        };

    private static LoopState Settle(LoopState state) =>
        state with
        {
            Spend = state.Spend with { ReservedSeconds = 0, ReservedTokens = 0, ReservedCost = 0 },
        };

    /// <summary>A kill takes a moment after the deadline; what a call is charged never passes what was held back for it.</summary>
    private static LoopState WithSandboxSeconds(LoopState state, double used) =>
        state.Spend.ReservedSeconds == 0
            ? state
            : state with
            {
                Spend = state.Spend with
                {
                    SandboxSeconds = state.Spend.SandboxSeconds + Math.Clamp(used, 0, Math.Max(0, state.Spend.ReservedSeconds)),
                    ReservedSeconds = 0,
                },
            };
}
