using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;

namespace LoopCluster.Engine.Loops;

/// <summary>Folds ledger entries into <see cref="LoopState"/>. Pure and total: an event that does not fit sets <see cref="LoopState.Fault"/>.</summary>
public static partial class LoopFold
{
    /// <summary>The state after a loop's first entry, which must be <c>loop-created</c>.</summary>
    public static LoopState Begin(LedgerEntry entry)
    {
        if (entry.Events[0] is not LoopCreated created)
        {
            throw new Errors.LedgerCorruptException($"loop {entry.Loop} does not begin with loop-created", null, entry.Seq);
        }

        var state = new LoopState
        {
            Id = entry.Loop,
            Created = created,
            Spec = created.Spec,
            Versions = created.Versions,
            CreatedAt = entry.At,
            Workspace = new WorkspacePosition(created.Base.Commit, created.Base.Tree, [created.Base.Pack]),
        };
        return Apply(state, entry);
    }

    /// <summary>The state after a fork's first entry: the parent's files, conversation and history, none of its rights, intents or spend.</summary>
    public static LoopState BeginFork(LoopState parent, LedgerEntry entry)
    {
        if (entry.Events[0] is not LoopForked fork || fork.Parent != parent.Id || fork.Seq != parent.Seq || fork.Hash != parent.Head.ToString())
        {
            throw new Errors.LedgerCorruptException($"loop {entry.Loop} is no fork of entry {parent.Seq} of {parent.Id}", null, entry.Seq);
        }

        var state = parent with
        {
            Id = entry.Loop,
            Fork = fork,
            Spec = parent.Spec with { Budget = fork.Budget },
            Versions = fork.Versions,
            Seq = 0,
            Epoch = 0,
            CreatedAt = entry.At,
            UpdatedAt = default,
            Status = LoopStatus.Running,
            StopReason = null,
            Open = null,
            Tries = new ModelTries(),
            InfrastructureFailures = 0,
            Approval = null,
            Grant = null,
            Cancel = null,
            DeadlinePassed = false,
            Overrun = null,
            Verified = null,
            Refusal = null,
            Spend = new Budgets.BudgetSpend(),
            Trace = Gates.StuckTrace.Empty,
            InheritedAttempts = parent.FailedAttempts.Count,
            InheritedTurns = parent.Spend.Turns + parent.InheritedTurns,
            InheritedPlanTurns = parent.Spend.PlanTurns + parent.InheritedPlanTurns,
            Signals = [],
        };
        return Apply(state, entry);
    }

    /// <summary>Folds the next entry.</summary>
    public static LoopState Apply(LoopState state, LedgerEntry entry)
    {
        state = BeginEntry(state, entry.Events[0], entry.At);
        foreach (var loopEvent in entry.Events)
        {
            state = Apply(state, loopEvent, entry.Seq, entry.At);
        }

        return EndEntry(state, entry.Seq, entry.Hash);
    }

    /// <summary>
    /// Moves time on to an entry's. A driver that folds events one by one, before their entry is sealed, calls this, <see cref="Apply(LoopState, LoopEvent, long, DateTimeOffset)"/>
    /// for each and <see cref="EndEntry"/>, and has the same state as one that reads the entry.
    /// </summary>
    public static LoopState BeginEntry(LoopState state, LoopEvent first, DateTimeOffset at)
    {
        // A person's time and time in which nobody drove do not count.
        var gap = at - state.UpdatedAt;
        var driven = state.UpdatedAt != default && state.Status == LoopStatus.Running && first is not DriverStarted && gap > TimeSpan.Zero;
        return driven
            ? state with { UpdatedAt = at, Spend = state.Spend with { Elapsed = state.Spend.Elapsed + gap } }
            : state with { UpdatedAt = at };
    }

    public static LoopState EndEntry(LoopState state, long seq, LedgerHash hash) => state with { Seq = seq, Head = hash };

    /// <summary>Folds one event that is, or will be, part of entry <paramref name="seq"/>.</summary>
    public static LoopState Apply(LoopState state, LoopEvent loopEvent, long seq, DateTimeOffset at)
    {
        if (state.IsTerminal)
        {
            return Unfit(state, loopEvent, "the loop has ended");
        }

        return loopEvent switch
        {
            LoopCreated or LoopForked => seq == 1 ? state : Unfit(state, loopEvent, "only a first entry creates a loop"),
            DriverStarted e => OnDriverStarted(state, e),
            LoopMigrated e => state with { Versions = e.Versions },
            StageEntered e => state with { Stage = e.Stage, GatePasses = 0 },
            BasePrepared e => WithSandboxSeconds(state with { Prepared = e, InfrastructureFailures = 0 }, e.SandboxSeconds, 0),
            PrepareFailed e => WithSandboxSeconds(state with { PrepareFailure = e }, e.SandboxSeconds, 0),
            AttemptStarted e => OnAttemptStarted(state, e),
            AttemptFailed e => state with { FailedAttempts = state.FailedAttempts.Add(e), Claimed = false },
            ModelRequested e => OnModelRequested(state, e),
            ModelReplied e => OnModelReplied(state, e),
            ModelFailed e => OnModelFailed(state, e, at),
            ToolRequested e => OnToolRequested(state, e),
            ToolCompleted e => OnToolCompleted(state, e),
            WorkspaceCommitted e => OnWorkspaceCommitted(state, e),
            NoteKept e => state with { Notes = state.Notes.Add(e.Text) },
            GateStarted e => OnGateStarted(state, e),
            GateCompleted e => OnGateCompleted(state, e),
            MessageReceived e => OnMessageReceived(state, e),
            ApprovalAsked e => state with { Approval = new PendingApproval(seq, e), Status = LoopStatus.Waiting },
            ApprovalGiven e => OnApprovalGiven(state, e),
            DeadlinePassed => state with { DeadlinePassed = true },
            BudgetOverrun e => state with { Overrun = e },
            CancelRequested e => state with { Cancel = state.Cancel ?? e, Signals = state.Signals.Add(e.Id), Status = LoopStatus.Running },
            InfrastructureFailed e => OnInfrastructureFailed(state, e, at),
            LoopVerified e => state with { Status = LoopStatus.Verified, Verified = e, Open = null },
            LoopStopped e => state with { Status = e.Status, StopReason = e.Reason, Open = null },
            _ => Unfit(state, loopEvent, "this version has no rule for it"),
        };
    }

    private static LoopState OnDriverStarted(LoopState state, DriverStarted e) =>
        e.Epoch > state.Epoch ? state with { Epoch = e.Epoch } : Unfit(state, e, $"epoch {e.Epoch} does not follow {state.Epoch}");

    private static LoopState OnAttemptStarted(LoopState state, AttemptStarted e) => state with
    {
        Attempt = e.Attempt,
        Claimed = false,
        PendingCalls = [],
        Trace = Gates.StuckTrace.Empty,
        Conversation = state.Conversation with { Items = [], Size = 0, DroppedTurns = 0, Frontier = Frontier.Of(state, e.Attempt) },
    };

    private static LoopState OnMessageReceived(LoopState state, MessageReceived e)
    {
        if (state.Signals.Contains(e.Id))
        {
            return state;
        }

        var inAttempt = state.Stage is LoopStage.Execute && state.Attempt > 0;
        return state with
        {
            Messages = state.Messages.Add(e),
            Signals = state.Signals.Add(e.Id),
            Claimed = false,
            Conversation = inAttempt ? state.Conversation.With(new MessageItem(e.By, e.Text), state.Model(ModelRoles.Make).Window) : state.Conversation,
        };
    }

    private static LoopState OnApprovalGiven(LoopState state, ApprovalGiven e)
    {
        if (state.Approval is not { } pending || pending.Seq != e.Asked)
        {
            return Unfit(state, e, $"entry {e.Asked} asked nothing that is still open");
        }

        state = state with { Approval = null, Status = LoopStatus.Running, Signals = state.Signals.Add(e.Id) };
        return (e.Granted, pending.Asked.Kind) switch
        {
            (true, _) => state with { Grant = pending },
            (false, ApprovalKind.Tool) => WithResult(state, new ToolCompleted
            {
                Call = pending.Asked.Call ?? "",
                Tool = pending.Asked.Tool ?? "",
                Outcome = ToolOutcome.Denied,
                Output = OutputText.Inline($"{e.By} refused this call" + (e.Reason is null ? "." : $": {e.Reason}")),
            }),
            _ => state with { Refusal = $"{e.By} refused the change" + (e.Reason is null ? "" : $": {e.Reason}") },
        };
    }

    private static LoopState OnInfrastructureFailed(LoopState state, InfrastructureFailed e, DateTimeOffset at) => Settle(state) with
    {
        Open = null,
        InfrastructureFailures = state.InfrastructureFailures + 1,
        LastInfrastructureFailure = e,
        Tries = state.Tries with { NotBefore = at + Backoff.After(state.InfrastructureFailures + 1) },
    };

    private static LoopState Unfit(LoopState state, LoopEvent loopEvent, string why) => state with { Fault = state.Fault ?? $"{EventTypes.NameOf(loopEvent)} does not fit: {why}" };
}
