using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Plans;
using LoopCluster.Engine.Skills;

namespace LoopCluster.Engine.Ledger;

/// <summary>
/// Re-derives every effect of a ledger, with no model or tool called, and tells where the machine would have done something else: an intent
/// or decision that differs in any byte (request hashes included), a result for an effect the machine did not ask for, or one that says
/// otherwise than the rules do of what was recorded with it (a gate's verdict, a settlement, what <c>changes</c> and <c>prepare</c> allow).
/// </summary>
public sealed class LoopReplayer(LoopState start)
{
    private readonly List<ReplayDifference> _differences = [];

    /// <summary>The fold so far.</summary>
    public LoopState State { get; private set; } = start;

    public IReadOnlyList<ReplayDifference> Differences => _differences;

    /// <summary>Effects that were re-derived and compared.</summary>
    public int Effects { get; private set; }

    /// <summary>Takes the next entry.</summary>
    public void Next(LedgerEntry entry)
    {
        State = LoopFold.BeginEntry(LoopFold.CheckedAddress(State, entry), entry.Events[0], entry.At);
        LoopEvent? before = null;
        foreach (var loopEvent in entry.Events)
        {
            // What belongs to a result is there because the result is.
            if (!BelongsTo(before, loopEvent) && !ComesFromOutside(loopEvent))
            {
                Check(entry.Seq, loopEvent);
            }

            if (FaultOf(State, loopEvent) is { } wrong)
            {
                Differ(entry.Seq, wrong);
            }

            before = loopEvent;
            State = LoopFold.Apply(State, loopEvent, entry.Seq, entry.At);
            if (State.Fault is { } fault)
            {
                Differ(entry.Seq, fault);
                State = State with { Fault = null };
            }
        }

        State = LoopFold.EndEntry(State, entry.Seq, entry.Hash);
    }

    /// <summary>A tool's note and commit stand behind its result, in the same entry.</summary>
    private static bool BelongsTo(LoopEvent? before, LoopEvent loopEvent) =>
        (before, loopEvent) switch
        {
            (
                ToolCompleted { Outcome: not (ToolOutcome.Unknown or ToolOutcome.Denied or ToolOutcome.Aborted) },
                NoteKept
                    or WorkspaceCommitted
                    or StepChecked
            ) => true,
            (NoteKept, WorkspaceCommitted) => true,
            _ => false,
        };

    private static bool ComesFromOutside(LoopEvent loopEvent) =>
        loopEvent
            is DriverStarted
                or MessageReceived
                or CancelRequested
                or ApprovalGiven
                or PauseRequested
                or ResumeRequested
                or DeadlinePassed
                or LoopMigrated
                or LoopCreated
                or LoopForked
                or LoopQueued
                or LoopAdmitted;

    private void Check(long seq, LoopEvent loopEvent)
    {
        var effect = LoopMachine.Next(State);
        if (effect.Intent is { } intent)
        {
            Effects++;
            if (
                intent.GetType() != loopEvent.GetType()
                || !LedgerCodec.DataOf(intent).AsSpan().SequenceEqual(LedgerCodec.DataOf(loopEvent))
            )
            {
                Differ(seq, $"the machine decides {Describe(intent)}, the ledger has {Describe(loopEvent)}");
            }
        }
        else if (!IsResultOf(effect, loopEvent))
        {
            Differ(seq, $"the machine is at {effect.GetType().Name}, the ledger has {Describe(loopEvent)}");
        }
        else
        {
            Effects++;
        }
    }

    /// <summary>Where an effect's result stands otherwise than the rules conclude from the facts beside it.</summary>
    private static string? FaultOf(LoopState state, LoopEvent loopEvent) =>
        (loopEvent, state.Open?.Intent) switch
        {
            (GateCompleted gate, _) => GateVerdict.Fault(state, gate),
            (ModelReplied or ModelFailed, ModelRequested request) => Settlement.Fault(state, request, loopEvent),
            (JudgeAnswered answered, _) => JudgeRules.Fault(state, answered),
            (ExplorerAnswered answered, _) => ExploreRules.Fault(state, answered),
            (StepChecked step, _) => PlanRules.Fault(state, step),
            (SkillsChosen chosen, _) => SkillRules.Fault(state, chosen),
            (PrepareFailed failed, _) => PrepareRules.Fault(state, failed),
            (WorkspaceCommitted commit, _) => ChangeRules.Fault(state.Spec.Changes, commit),
            _ => null,
        };

    private static bool IsResultOf(LoopEffect effect, LoopEvent loopEvent) =>
        loopEvent switch
        {
            BaseImported or ImportFailed => effect is ImportBase,
            BasePrepared or PrepareFailed => effect is InFlight { Open: PrepareStarted },
            ToolCompleted completed => effect is InFlight { Open: ToolRequested open } && open.Call == completed.Call,
            ModelReplied or ModelFailed => effect is InFlight { Open: ModelRequested },
            AllotmentDrawn drawn => effect is InFlight { Open: AllotmentRequested open } && open.Lease == drawn.Lease,
            AllotmentRefused refused => effect is InFlight { Open: AllotmentRequested open } && open.Lease == refused.Lease,
            GateCompleted gate => effect is InFlight { Open: GateStarted open }
                && open.Gate == gate.Gate
                && open.Tree == gate.Tree
                && open.Run == gate.Run,
            JudgeBriefed => effect is BriefJudges,
            JudgeAnswered => effect is SeeCited,
            ExplorerRead read => effect is ReadForExplorer due && due.Call.Id == read.Call,
            ExplorerAnswered => effect is SeePlaces,
            JudgeRead read => effect is ReadForJudge due && due.Agent == read.Agent && due.Call.Id == read.Call,
            InfrastructureFailed => effect
                is InFlight
                    or Prove
                    or ImportBase
                    or BriefJudges
                    or SeeCited
                    or ReadForJudge
                    or ReadForExplorer
                    or SeePlaces
                    or ChooseSkills,
            SkillsChosen => effect is ChooseSkills,
            LoopVerified => effect is Prove,
            _ => false,
        };

    private static string Describe(LoopEvent loopEvent)
    {
        var data = System.Text.Encoding.UTF8.GetString(LedgerCodec.DataOf(loopEvent));
        return $"{EventTypes.NameOf(loopEvent)} {(data.Length <= 300 ? data : SafeText.Start(data, 300) + "...")}";
    }

    private void Differ(long seq, string what) => _differences.Add(new ReplayDifference(seq, what));
}

public sealed record ReplayDifference(long Seq, string What);
