using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// Folds ledger entries into <see cref="LoopState"/>. Pure and total: an event that does not fit sets <see cref="LoopState.Fault"/>.
/// </summary>
public static partial class LoopFold
{
    /// <summary>Folds the next entry.</summary>
    public static LoopState Apply(LoopState state, LedgerEntry entry)
    {
        state = BeginEntry(CheckedAddress(state, entry), entry.Events[0], entry.At);
        foreach (var loopEvent in entry.Events)
        {
            state = Apply(state, loopEvent, entry.Seq, entry.At);
        }

        return EndEntry(state, entry.Seq, entry.Hash);
    }

    /// <summary>An entry follows the one before it and is of the epoch that has the loop, or of the one that takes it.</summary>
    internal static LoopState CheckedAddress(LoopState state, LedgerEntry entry)
    {
        var epoch = entry.Events[0] is DriverStarted started ? started.Epoch : state.Epoch;
        return entry.Loop == state.Id && entry.Seq == state.Seq + 1 && entry.Epoch == epoch
            ? state
            : Unfit(
                state,
                entry.Events[0],
                $"entry {entry.Seq} of loop {entry.Loop} in epoch {entry.Epoch} does not follow entry {state.Seq} of loop {state.Id} in epoch {state.Epoch}"
            );
    }

    /// <summary>
    /// Moves time on to an entry's. A driver that folds events one by one, before their entry is sealed, calls this,
    /// <see cref="Apply(LoopState, LoopEvent, long, DateTimeOffset)"/> for each and <see cref="EndEntry"/>, and has the same state as one
    /// that reads the entry.
    /// </summary>
    public static LoopState BeginEntry(LoopState state, LoopEvent first, DateTimeOffset at)
    {
        // A person's time, an outage's and time in which nobody drove do not count.
        var gap = at - state.UpdatedAt;
        var driven = state.UpdatedAt != default && !OutageRules.DeadlineStands(state) && first is not DriverStarted && gap > TimeSpan.Zero;
        return driven
            ? state with
            {
                UpdatedAt = at,
                Spend = state.Spend with { Elapsed = state.Spend.Elapsed + gap },
            }
            : state with
            {
                UpdatedAt = at,
            };
    }

    public static LoopState EndEntry(LoopState state, long seq, LedgerHash hash) => state with { Seq = seq, Head = hash };

    /// <summary>Folds one event that is, or will be, part of entry <paramref name="seq"/>.</summary>
    public static LoopState Apply(LoopState state, LoopEvent loopEvent, long seq, DateTimeOffset at)
    {
        if (state.IsTerminal)
        {
            return Unfit(state, loopEvent, "the loop has ended");
        }

        state = AttemptTrace.After(state, loopEvent) is var log && !ReferenceEquals(log, state.Log) ? state with { Log = log } : state;
        var spent = state.Spend;
        return Rested(
            spent,
            at,
            loopEvent switch
            {
                StageEntered or AttemptStarted or AttemptFailed when state.Open is { } open => Unfit(
                    state,
                    loopEvent,
                    $"{EventTypes.NameOf(open.Intent)} is still open"
                ),
                StageEntered { Stage: not LoopStage.Discover }
                or PrepareStarted
                or ModelRequested
                or ToolRequested
                or GateStarted
                or LoopVerified when !state.IsImported => Unfit(state, loopEvent, "the base is not imported"),
                LoopCreated or LoopForked => seq == 1 ? state : Unfit(state, loopEvent, "only a first entry creates a loop"),
                LoopQueued e => seq == 1
                    ? state with
                    {
                        Queued = e,
                        Status = LoopStatus.Queued,
                    }
                    : Unfit(state, e, "only a new loop waits for its turn"),
                LoopAdmitted e => OnLoopAdmitted(state, e),
                DriverStarted e => OnDriverStarted(state, e),
                LoopMigrated e => Checked(state with { Versions = e.Versions }, e, e.Versions),
                StageEntered e => OnStageEntered(state, e),
                BaseImported e => OnBaseImported(state, e),
                ImportFailed e => state.IsImported ? Unfit(state, e, "the base is imported") : state with { ImportFailure = e },
                PrepareStarted e => OnPrepareStarted(state, e),
                BasePrepared e => OnBasePrepared(state, e),
                PrepareFailed e => OnPrepareFailed(state, e),
                AttemptStarted e => OnAttemptStarted(state, e),
                AttemptFailed e => OnAttemptFailed(state, e),
                ModelRequested e => OnModelRequested(state, e),
                ModelReplied e => OnModelReplied(state, e, at),
                ModelFailed e => OnModelFailed(state, e, at),
                ToolRequested e => OnToolRequested(state, e),
                ToolCompleted e => OnToolCompleted(state, e),
                WorkspaceCommitted e => OnWorkspaceCommitted(state, e),
                NoteKept e => state with { Notes = state.Notes.Add(e.Text) },
                GateStarted e => OnGateStarted(state, e),
                GateCompleted e => OnGateCompleted(state, e, at),
                JudgeBriefed e => OnJudgeBriefed(state, e),
                JudgeRead e => OnJudgeRead(state, e),
                JudgeAnswered e => OnJudgeAnswered(state, e),
                ExplorationStarted e => OnExplorationStarted(state, e),
                ExplorerRead e => OnExplorerRead(state, e),
                ExplorerAnswered e => OnExplorerAnswered(state, e),
                AllotmentRequested e => OnAllotmentRequested(state, e),
                AllotmentDrawn e => OnAllotmentDrawn(state, e),
                AllotmentRefused e => OnAllotmentRefused(state, e, at),
                AllotmentReturned e => OnAllotmentReturned(state, e),
                PlanMade e => OnPlanMade(state, e),
                PlanRefused e => OnPlanRefused(state, e),
                StepChecked e => OnStepChecked(state, e),
                SkillsChosen e => OnSkillsChosen(state, e),
                MessageReceived e => OnMessageReceived(state, e),
                ApprovalAsked e => OnApprovalAsked(state, e, seq),
                ApprovalGiven e => OnApprovalGiven(state, e),
                DeadlinePassed => state with { DeadlinePassed = true },
                BudgetOverrun e => state with { Overrun = e, Overbilled = null },
                CancelRequested e => state with
                {
                    Cancel = state.Cancel ?? e,
                    Signals = state.Signals.Add(e.Id),
                    Status = LoopStatus.Running,
                    Pause = null,
                    StopReason = null,
                },
                InfrastructureFailed e => OnInfrastructureFailed(state, e, at),
                LoopVerified e => OnLoopVerified(state, e),
                LoopStopped e => OnLoopStopped(state, e),
                LoopParked e => OnLoopParked(state, e),
                PauseRequested e => state with { Pause = state.Cancel is null ? e : null, Signals = state.Signals.Add(e.Id) },
                ResumeRequested e => state with
                {
                    Pause = null,
                    Signals = state.Signals.Add(e.Id),
                    Status =
                        state.Status != LoopStatus.Paused ? state.Status
                        : state.Queued is not null ? LoopStatus.Queued
                        : state.Approval is null ? LoopStatus.Running
                        : LoopStatus.Waiting,
                    StopReason = state.Status == LoopStatus.Paused ? null : state.StopReason,
                },
                _ => Unfit(state, loopEvent, "this version has no rule for it"),
            }
        );
    }

    /// <summary>What an event spent is of its day; a loop that is to pause does so as soon as nothing of it runs.</summary>
    private static LoopState Rested(BudgetSpend before, DateTimeOffset at, LoopState state)
    {
        if (!ReferenceEquals(before, state.Spend) && SpendDay.Add(state.Days, before, state.Spend, at) is var days && days != state.Days)
        {
            state = state with { Days = days, Allotment = Charged(state.Allotment, before, state.Spend) };
        }

        return state is { Pause: { } pause, Open: null, Status: LoopStatus.Running or LoopStatus.Waiting or LoopStatus.Queued }
            ? state with
            {
                Status = LoopStatus.Paused,
                Outage = null,
                StopReason = $"paused by {pause.By}" + (pause.Reason.Length == 0 ? "" : $": {pause.Reason}"),
            }
            : state;
    }

    private static LoopState OnLoopAdmitted(LoopState state, LoopAdmitted e) =>
        state.Queued is null ? Unfit(state, e, "the loop is not queued")
        : !AdmissionRules.HasPlace(e.Running, e.Limit) ? Unfit(state, e, $"{e.Running} loops had the tenant's {e.Limit} places")
        : state with
        {
            Queued = null,
            Signals = state.Signals.Add(e.Id),
            Status = state.Status == LoopStatus.Queued ? LoopStatus.Running : state.Status,
        };

    private static LoopState OnLoopParked(LoopState state, LoopParked e) =>
        state is { Open: null, Status: LoopStatus.Running }
            ? state with
            {
                Status = LoopStatus.Parked,
                StopReason = e.Reason,
            }
            : Unfit(state, e, state.Open is { } open ? $"{EventTypes.NameOf(open.Intent)} is still open" : $"the loop is {state.Status}");

    private static LoopState OnDriverStarted(LoopState state, DriverStarted e) =>
        e.Epoch > state.Epoch
            ? WithLostSeconds(TakenUp(state)) with
            {
                Epoch = e.Epoch,
                Host = e.Host,
                Account = e.Account,
                // What an older driver held is given back with the first draw of this one.
                Allotment = GivenBack(state).Allotment,
                Uncovered = null,
            }
            : Unfit(state, e, $"epoch {e.Epoch} does not follow {state.Epoch}");

    /// <summary>Whoever takes a loop up has fresh patience; one that was parked tries at once.</summary>
    private static LoopState TakenUp(LoopState state) =>
        state.Status == LoopStatus.Parked
            ? state with
            {
                Status = LoopStatus.Running,
                StopReason = null,
                Outage = null,
                NotBefore = default,
                InfrastructureFailures = 0,
                Agents = state.Agents.Each(agent => agent.Reopened()),
            }
            : state with
            {
                Outage = null,
            };

    /// <summary>
    /// A command that will run again has cost sandbox time before: at most all the time since it began, up to what was held back for it,
    /// and no more than still leaves what the second run holds back.
    /// </summary>
    private static LoopState WithLostSeconds(LoopState state)
    {
        if (state.Open is not { Intent: PrepareStarted or GateStarted or ToolRequested { Class: not EffectClass.External } } open)
        {
            return state;
        }

        var lost = Math.Clamp((state.UpdatedAt - open.Since).TotalSeconds, 0, state.Spend.ReservedSeconds);
        var room = Math.Max(0, state.Spec.Budget.SandboxSeconds - state.Spend.SandboxSeconds - state.Spend.ReservedSeconds);
        return state with { Spend = state.Spend with { SandboxSeconds = state.Spend.SandboxSeconds + Math.Min(lost, room) } };
    }

    private static LoopState OnStageEntered(LoopState state, StageEntered e) =>
        e.Stage switch
        {
            LoopStage.Plan => state.Agents.Find(AgentNames.Plan) is { } planner
                ? state with
                {
                    Stage = e.Stage,
                    Agents = state.Agents.With(Restarted(state, planner, 1)),
                }
                : Unfit(state, e, "the spec asks for no plan"),
            LoopStage.Iterate => state with
            {
                Stage = e.Stage,
                Agents = state.Agents.With(state.Agents[AgentNames.Make] with { Unheard = 0 }),
            },
            _ => state with { Stage = e.Stage },
        };

    /// <summary>The agent begins with where the loop stands, and nothing before it.</summary>
    private static Agent Restarted(LoopState state, Agent agent, int attempt) =>
        agent with
        {
            Calls = [],
            Answered = 0,
            Conversation = agent.Conversation.Restarted(Frontier.Of(state, attempt, agent)),
        };

    private static LoopState OnBaseImported(LoopState state, BaseImported e) =>
        state.IsImported || state.Open is not null
            ? Unfit(state, e, "the base is imported already")
            : state with
            {
                Imported = e,
                Workspace = new WorkspacePosition(e.Base.Commit, e.Base.Tree, [e.Base.Pack]),
                InfrastructureFailures = 0,
                Outage = null,
            };

    private static LoopState OnAttemptFailed(LoopState state, AttemptFailed e) =>
        e.Attempt == state.Attempt && e.Attempt == state.FailedAttempts.Count + 1
            ? state with
            {
                FailedAttempts = state.FailedAttempts.Add(e),
                Claimed = false,
            }
            : Unfit(state, e, $"attempt {state.Attempt} runs and {state.FailedAttempts.Count} have failed");

    private static LoopState OnAttemptStarted(LoopState state, AttemptStarted e) =>
        e.Attempt != state.FailedAttempts.Count + 1
            ? Unfit(state, e, $"{state.FailedAttempts.Count} attempts have failed")
            : state with
            {
                Attempt = e.Attempt,
                Claimed = false,
                Trace = Gates.StuckTrace.Empty,
                Agents = state.Agents.With(Restarted(state, state.Agents[AgentNames.Make], e.Attempt)),
            };

    private static LoopState OnLoopVerified(LoopState state, LoopVerified e) =>
        state.Open is null && e.Commit == state.Workspace.Commit && e.Tree == state.Workspace.Tree
            ? e.Delivered is { } delivered && delivered.Tree != (Gates.GatedTree.Of(state) ?? e.Tree)
                ? Unfit(state, e, $"tree {delivered.Tree} was delivered, and the gates passed on another")
                : state with
                {
                    Status = LoopStatus.Verified,
                    Verified = e,
                }
            : Unfit(
                state,
                e,
                $"the workspace is at commit {state.Workspace.Commit}, tree {state.Workspace.Tree}"
                    + (state.Open is null ? "" : ", and something is still open")
            );

    private static LoopState OnLoopStopped(LoopState state, LoopStopped e) =>
        state.Open is null && e.Status.IsFinal() && e.Status != LoopStatus.Verified
            ? state with
            {
                Status = e.Status,
                StopReason = e.Reason,
            }
            : Unfit(state, e, state.Open is { } open ? $"{EventTypes.NameOf(open.Intent)} is still open" : $"{e.Status} is no end");

    private static LoopState OnMessageReceived(LoopState state, MessageReceived e)
    {
        if (state.Signals.Contains(e.Id))
        {
            return state;
        }

        state = state with { Messages = state.Messages.Add(e), Signals = state.Signals.Add(e.Id), Claimed = false };
        if (state.Stage is not (LoopStage.Plan or LoopStage.Execute))
        {
            // The frontier tells it to whoever begins next.
            return state;
        }

        var agent = state.Acting;
        var inTurn = state.Open is not null || agent.NextCall is not null;
        return state with { Agents = state.Agents.With(Said(state, agent, agent.Conversation.WithMessage(e, inTurn, agent.Room))) };
    }

    private static LoopState OnApprovalAsked(LoopState state, ApprovalAsked e, long seq)
    {
        var due =
            state.Approval is null
            && state.Open is null
            && e.Tree == state.Workspace.Tree
            && e.Kind switch
            {
                ApprovalKind.Tool => IsNextCall(state, e.Call, e.Tool) && state.NextCall?.Arguments == e.Arguments,
                _ => state.Stage == LoopStage.Verify,
            };
        return due
            ? state with
            {
                Approval = new PendingApproval(seq, e),
                Status = LoopStatus.Waiting,
            }
            : Unfit(state, e, "nothing of the kind is due");
    }

    private static LoopState OnApprovalGiven(LoopState state, ApprovalGiven e)
    {
        if (state.Approval is not { } pending || pending.Seq != e.Asked)
        {
            return Unfit(state, e, $"entry {e.Asked} asked nothing that is still open");
        }

        state = state with
        {
            Approval = null,
            Status = state.Status == LoopStatus.Paused ? LoopStatus.Paused : LoopStatus.Running,
            Signals = state.Signals.Add(e.Id),
        };
        return (e.Granted, pending.Asked.Kind) switch
        {
            (true, _) => state with { Grant = pending },
            (false, ApprovalKind.Tool) => WithResult(
                state,
                new ToolCompleted
                {
                    Call = pending.Asked.Call ?? "",
                    Tool = pending.Asked.Tool ?? "",
                    Outcome = ToolOutcome.Denied,
                    Output = OutputText.Inline($"{e.By} refused this call" + (e.Reason is null ? "." : $": {e.Reason}")),
                }
            ),
            (false, _) when pending.Asked.Reasons is not null => state with
            {
                Refused = new ReviewRefused(pending.Asked.Tree, $"{e.By} refused the change" + (e.Reason is null ? "" : $": {e.Reason}")),
            },
            _ => state with { Refusal = $"{e.By} refused the change" + (e.Reason is null ? "" : $": {e.Reason}") },
        };
    }

    private static LoopState OnInfrastructureFailed(LoopState state, InfrastructureFailed e, DateTimeOffset at) =>
        state.Open switch
        {
            { } open when open.Epoch != state.Epoch => Unfit(state, e, "the open intent is an older epoch's"),
            { Intent: ToolRequested { Class: EffectClass.External } } => Unfit(
                state,
                e,
                "an external call may have happened; its outcome is unknown"
            ),
            // The account may have taken the one before back.
            { Intent: AllotmentRequested } draw => Broken(GivenBack(state) with { Open = null }, e, draw.Intent, at),
            var open => Released(Broken(Settle(state) with { Open = null }, e, open?.Intent, at), state.Acting),
        };

    private static LoopState Broken(LoopState state, InfrastructureFailed e, LoopEvent? open, DateTimeOffset at)
    {
        var outage = OutageRules.After(state, e, open, at);
        return state with
        {
            InfrastructureFailures = state.InfrastructureFailures + 1,
            LastInfrastructureFailure = e,
            Outage = outage,
            NotBefore = outage.NextTry,
        };
    }

    private static LoopState Unfit(LoopState state, LoopEvent loopEvent, string why) =>
        state with
        {
            Fault = state.Fault ?? $"{EventTypes.NameOf(loopEvent)} does not fit: {why}",
        };
}
