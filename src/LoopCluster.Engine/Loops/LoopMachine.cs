using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// Decides what a loop does next. Pure: the same state always gives the same effect, so a ledger can be replayed. Where versions differ the
/// older rule stands beside the newer one, and a loop keeps the version it was created with.
/// </summary>
public static partial class LoopMachine
{
    public static LoopEffect Next(LoopState state)
    {
        if (state.IsTerminal)
        {
            return new Ended();
        }

        if (state.Overbilled is { } overbilled)
        {
            return Decide(overbilled);
        }

        if (state.Open is { } open)
        {
            return open.Epoch == state.Epoch ? new InFlight(open.Intent) : Reconcile(state, open.Intent);
        }

        var next = Halt(state) ?? Rest(state) ?? InStage(state);
        return next is Wait && state.Allotment is { IsReturned: false } held ? Decide(new AllotmentReturned(held.Lease, held.Spent)) : next;
    }

    /// <summary>What makes the loop end whatever stage it is in.</summary>
    private static Record? Halt(LoopState state) =>
        state switch
        {
            { Cancel: { } cancel } => Stop(
                LoopStatus.Cancelled,
                $"cancelled by {cancel.By}" + (cancel.Reason.Length == 0 ? "" : $": {cancel.Reason}")
            ),
            { Refusal: { } refusal } => Stop(LoopStatus.Rejected, refusal),
            { Overrun: { } overrun } => Stop(
                LoopStatus.BudgetExhausted,
                Plain($"{overrun.What}: the bill of {overrun.Settled} is above the {overrun.Reserved} held back")
            ),
            { DeadlinePassed: true } => Stop(LoopStatus.BudgetExhausted, $"deadline: {state.Spec.Budget.Deadline} of driven time are over"),
            _ => null,
        };

    /// <summary>What makes the loop rest without an end.</summary>
    private static LoopEffect? Rest(LoopState state) =>
        state.Status is LoopStatus.Parked or LoopStatus.Paused or LoopStatus.Queued ? new Wait()
        : OutageRules.Exhausted(state) is { } reason ? Park(ParkCause.Outage, state.Outage!.Of, reason)
        : null;

    private static Record Park(ParkCause cause, OutageOf of, string reason) => Decide(new LoopParked(cause, of, reason));

    private static LoopEffect InStage(LoopState state) =>
        state.Stage switch
        {
            null => Decide(new StageEntered(LoopStage.Discover)),
            LoopStage.Discover => Discover(state),
            LoopStage.Plan => Plan(state),
            LoopStage.Execute => Execute(state),
            LoopStage.Verify => Verify(state),
            _ => Iterate(state),
        };

    /// <summary>
    /// An intent of a driver that is gone. Nothing that may have been done is done twice, nothing that was billed is forgotten.
    /// </summary>
    private static LoopEffect Reconcile(LoopState state, LoopEvent intent)
    {
        var ending = state.Cancel is not null || state.DeadlinePassed;
        return intent switch
        {
            ModelRequested request => Decide(
                new ModelFailed
                {
                    Kind = ModelFailureKind.Aborted,
                    Message = "the driver that sent it is gone; the whole reservation is settled",
                    Usage = new Usage(request.Reserved.TokensIn, request.Reserved.TokensOut),
                    Cost = request.Reserved.Cost,
                    Assumed = true,
                }
            ),
            ToolRequested { Class: EffectClass.External } tool => Decide(
                Completed(
                    tool,
                    ToolOutcome.Unknown,
                    "the outcome of this call is unknown: the harness was interrupted while it ran. It will not be repeated; check what it did before you go on."
                )
            ),
            ToolRequested tool when ending => Decide(Completed(tool, ToolOutcome.Aborted, "cut off")),
            ToolRequested tool => ToolAdmission.Resume(state, tool),
            AllotmentRequested draw when ending => Decide(new AllotmentRefused(draw.Lease, "cut off", Held: false)),
            AllotmentRequested draw => Draw(state, draw),
            PrepareStarted prepare when ending => Decide(PrepareRules.CutOff(prepare)),
            PrepareStarted prepare => new PrepareBase(prepare) { Intent = prepare },
            GateStarted gate => Run(state.Spec.Gates.First(g => g.Name == gate.Gate), gate) is var run && ending
                ? Decide(GateVerdict.Conclude(run.Gate, gate, GateRun.Not(RunEnd.CutOff, "cut off", gate.ReservedSeconds)))
                : run with
                {
                    Intent = gate,
                },
            _ => Stop(LoopStatus.Failed, $"no rule to reconcile {EventTypes.NameOf(intent)}"),
        };
    }

    private static LoopEffect Iterate(LoopState state)
    {
        if (StuckReason(state) is { } reason && !MayGoAbove(state))
        {
            return Stop(LoopStatus.Stuck, reason);
        }

        return state.Spec.Mode == LoopMode.SingleShot
            ? Stop(LoopStatus.BudgetExhausted, $"attempts: mode single-shot allows one, and it failed: {LastFailure(state)}")
            : Decide(new StageEntered(LoopStage.Execute));
    }

    /// <summary>Another attempt of a tier above is tried before the loop counts as stuck.</summary>
    private static bool MayGoAbove(LoopState state) =>
        state.Spec.Mode == LoopMode.Loop
        && state.FailedAttempts.Count - state.InheritedAttempts < state.Spec.Budget.Attempts
        && AskAbove(state, state.Agents[AgentNames.Make]) is not null;

    /// <summary>Texts in decisions are the same bytes on every host, whatever its culture.</summary>
    private static string Plain(FormattableString text) => FormattableString.Invariant(text);

    private static string LastFailure(LoopState state) => state.FailedAttempts is [.., var last] ? last.Reason : "nothing was tried";

    private static Record Decide(LoopEvent loopEvent) => new() { Intent = loopEvent };

    private static Record Stop(LoopStatus status, string reason) => Decide(new LoopStopped(status, reason));

    private static ToolCompleted Completed(ToolRequested tool, ToolOutcome outcome, string text) =>
        new()
        {
            Call = tool.Call,
            Tool = tool.Tool,
            Outcome = outcome,
            Output = OutputText.Inline(text),
            SandboxSeconds = tool.ReservedSeconds,
        };
}
