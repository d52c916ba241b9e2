using System.Collections.Frozen;
using System.Text.Json.Serialization.Metadata;

namespace LoopCluster.Engine.Events;

/// <summary>The stable name of each event type, as it stands in the ledger.</summary>
public static class EventTypes
{
    private static readonly FrozenDictionary<string, JsonTypeInfo> ByName = new Dictionary<string, JsonTypeInfo>
    {
        ["loop-created"] = EngineJson.Default.LoopCreated,
        ["loop-forked"] = EngineJson.Default.LoopForked,
        ["loop-queued"] = EngineJson.Default.LoopQueued,
        ["loop-admitted"] = EngineJson.Default.LoopAdmitted,
        ["driver-started"] = EngineJson.Default.DriverStarted,
        ["loop-migrated"] = EngineJson.Default.LoopMigrated,
        ["stage-entered"] = EngineJson.Default.StageEntered,
        ["base-imported"] = EngineJson.Default.BaseImported,
        ["import-failed"] = EngineJson.Default.ImportFailed,
        ["prepare-started"] = EngineJson.Default.PrepareStarted,
        ["base-prepared"] = EngineJson.Default.BasePrepared,
        ["prepare-failed"] = EngineJson.Default.PrepareFailed,
        ["attempt-started"] = EngineJson.Default.AttemptStarted,
        ["attempt-failed"] = EngineJson.Default.AttemptFailed,
        ["model-requested"] = EngineJson.Default.ModelRequested,
        ["model-replied"] = EngineJson.Default.ModelReplied,
        ["model-failed"] = EngineJson.Default.ModelFailed,
        ["tool-requested"] = EngineJson.Default.ToolRequested,
        ["tool-completed"] = EngineJson.Default.ToolCompleted,
        ["workspace-committed"] = EngineJson.Default.WorkspaceCommitted,
        ["note-kept"] = EngineJson.Default.NoteKept,
        ["gate-started"] = EngineJson.Default.GateStarted,
        ["gate-completed"] = EngineJson.Default.GateCompleted,
        ["judge-briefed"] = EngineJson.Default.JudgeBriefed,
        ["judge-read"] = EngineJson.Default.JudgeRead,
        ["judge-answered"] = EngineJson.Default.JudgeAnswered,
        ["exploration-started"] = EngineJson.Default.ExplorationStarted,
        ["explorer-read"] = EngineJson.Default.ExplorerRead,
        ["explorer-answered"] = EngineJson.Default.ExplorerAnswered,
        ["allotment-requested"] = EngineJson.Default.AllotmentRequested,
        ["allotment-drawn"] = EngineJson.Default.AllotmentDrawn,
        ["allotment-refused"] = EngineJson.Default.AllotmentRefused,
        ["allotment-returned"] = EngineJson.Default.AllotmentReturned,
        ["plan-made"] = EngineJson.Default.PlanMade,
        ["plan-refused"] = EngineJson.Default.PlanRefused,
        ["step-checked"] = EngineJson.Default.StepChecked,
        ["skills-chosen"] = EngineJson.Default.SkillsChosen,
        ["message-received"] = EngineJson.Default.MessageReceived,
        ["approval-asked"] = EngineJson.Default.ApprovalAsked,
        ["approval-given"] = EngineJson.Default.ApprovalGiven,
        ["deadline-passed"] = EngineJson.Default.DeadlinePassed,
        ["budget-overrun"] = EngineJson.Default.BudgetOverrun,
        ["cancel-requested"] = EngineJson.Default.CancelRequested,
        ["infrastructure-failed"] = EngineJson.Default.InfrastructureFailed,
        ["loop-parked"] = EngineJson.Default.LoopParked,
        ["pause-requested"] = EngineJson.Default.PauseRequested,
        ["resume-requested"] = EngineJson.Default.ResumeRequested,
        ["loop-verified"] = EngineJson.Default.LoopVerified,
        ["loop-stopped"] = EngineJson.Default.LoopStopped,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<Type, (string Name, JsonTypeInfo Info)> ByType = ByName.ToFrozenDictionary(
        p => p.Value.Type,
        p => (p.Key, p.Value)
    );

    private static readonly FrozenDictionary<string, JsonTypeInfo>.AlternateLookup<ReadOnlySpan<char>> ByNameSpan =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    public static IEnumerable<string> All => ByName.Keys;

    public static string NameOf(LoopEvent loopEvent) => ByType[loopEvent.GetType()].Name;

    internal static JsonTypeInfo InfoOf(LoopEvent loopEvent) => ByType[loopEvent.GetType()].Info;

    internal static JsonTypeInfo? Find(ReadOnlySpan<char> name) => ByNameSpan.TryGetValue(name, out var info) ? info : null;
}
