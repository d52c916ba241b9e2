using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Events;

/// <summary>How events and specs are written: camelCase, nulls left out. Reading passes over what it does not know.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = Depth,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(LoopCreated))]
[JsonSerializable(typeof(LoopForked))]
[JsonSerializable(typeof(DriverStarted))]
[JsonSerializable(typeof(LoopMigrated))]
[JsonSerializable(typeof(StageEntered))]
[JsonSerializable(typeof(PrepareStarted))]
[JsonSerializable(typeof(LoopQueued))]
[JsonSerializable(typeof(LoopAdmitted))]
[JsonSerializable(typeof(BaseImported))]
[JsonSerializable(typeof(ImportFailed))]
[JsonSerializable(typeof(BasePrepared))]
[JsonSerializable(typeof(PrepareFailed))]
[JsonSerializable(typeof(AttemptStarted))]
[JsonSerializable(typeof(AttemptFailed))]
[JsonSerializable(typeof(ModelRequested))]
[JsonSerializable(typeof(ModelReplied))]
[JsonSerializable(typeof(ModelFailed))]
[JsonSerializable(typeof(ToolRequested))]
[JsonSerializable(typeof(ToolCompleted))]
[JsonSerializable(typeof(WorkspaceCommitted))]
[JsonSerializable(typeof(NoteKept))]
[JsonSerializable(typeof(GateStarted))]
[JsonSerializable(typeof(GateCompleted))]
[JsonSerializable(typeof(JudgeBriefed))]
[JsonSerializable(typeof(JudgeRead))]
[JsonSerializable(typeof(JudgeAnswered))]
[JsonSerializable(typeof(ExplorationStarted))]
[JsonSerializable(typeof(ExplorerRead))]
[JsonSerializable(typeof(ExplorerAnswered))]
[JsonSerializable(typeof(AllotmentRequested))]
[JsonSerializable(typeof(AllotmentDrawn))]
[JsonSerializable(typeof(AllotmentRefused))]
[JsonSerializable(typeof(AllotmentReturned))]
[JsonSerializable(typeof(PlanMade))]
[JsonSerializable(typeof(PlanRefused))]
[JsonSerializable(typeof(StepChecked))]
[JsonSerializable(typeof(SkillsChosen))]
[JsonSerializable(typeof(MessageReceived))]
[JsonSerializable(typeof(ApprovalAsked))]
[JsonSerializable(typeof(ApprovalGiven))]
[JsonSerializable(typeof(DeadlinePassed))]
[JsonSerializable(typeof(BudgetOverrun))]
[JsonSerializable(typeof(CancelRequested))]
[JsonSerializable(typeof(InfrastructureFailed))]
[JsonSerializable(typeof(LoopParked))]
[JsonSerializable(typeof(PauseRequested))]
[JsonSerializable(typeof(ResumeRequested))]
[JsonSerializable(typeof(LoopVerified))]
[JsonSerializable(typeof(LoopStopped))]
[JsonSerializable(typeof(LoopSpec))]
[JsonSerializable(typeof(CommandGate))]
[JsonSerializable(typeof(JudgeGate))]
[JsonSerializable(typeof(string))]
public sealed partial class EngineJson : JsonSerializerContext
{
    internal const int Depth = 256;

    /// <summary>Relaxed escaping: ledger lines are read by people, and never embedded in HTML as they are.</summary>
    internal static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = Depth,
    };
}
