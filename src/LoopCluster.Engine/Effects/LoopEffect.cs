using System.Text.Json;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Effects;

/// <summary>What the driver is to do next. When <see cref="Intent"/> is set it must be durable before anything is done.</summary>
public abstract record LoopEffect
{
    public LoopEvent? Intent { get; init; }

    /// <summary>It is not to be begun earlier; <c>default</c>: at once.</summary>
    public DateTimeOffset NotBefore { get; init; }
}

/// <summary>Nothing to do but to record <see cref="LoopEffect.Intent"/>.</summary>
public sealed record Record : LoopEffect;

/// <summary>
/// Bring the base into the loop's repository and read what it says of the loop. Result: <see cref="BaseImported"/> or
/// <see cref="ImportFailed"/>.
/// </summary>
public sealed record ImportBase : LoopEffect;

/// <summary>
/// Resolve the image and run the prepare command, if there is one, on the base tree. Result: <see cref="BasePrepared"/> or
/// <see cref="PrepareFailed"/>.
/// </summary>
public sealed record PrepareBase(PrepareStarted Start) : LoopEffect;

/// <summary>Send one request. Result: <see cref="ModelReplied"/> or <see cref="ModelFailed"/>.</summary>
/// <param name="Model">Where it goes.</param>
public sealed record CallModel(ModelRequested Request, ModelBinding Model, ReadOnlyMemory<byte> Body) : LoopEffect;

/// <summary>
/// Run an admitted call. Result: <see cref="ToolCompleted"/>, with <see cref="WorkspaceCommitted"/> when files changed, or
/// <see cref="InfrastructureFailed"/>.
/// </summary>
/// <param name="Arguments">Parsed, fit for the tool's schema, paths in their one form.</param>
public sealed record RunTool(ToolCall Call, ToolRequested Request, JsonElement Arguments) : LoopEffect;

/// <summary>Draw from the tenant's account. Result: <see cref="AllotmentDrawn"/> or <see cref="AllotmentRefused"/>.</summary>
public sealed record DrawAllotment(AllotmentDraw Draw) : LoopEffect;

/// <summary>Run the command of a gate in a clean room. Result: <see cref="GateCompleted"/>.</summary>
public sealed record RunGate(CommandGate Gate, GateStarted Start) : LoopEffect;

/// <summary>Make what judges are shown of the change. Result: <see cref="JudgeBriefed"/>.</summary>
public sealed record BriefJudges : LoopEffect;

/// <summary>Run a judge's call of a tool that only reads, on the judged tree. Result: <see cref="JudgeRead"/>.</summary>
/// <param name="Arguments">As those of <see cref="RunTool"/>.</param>
public sealed record ReadForJudge(JudgeBriefed Brief, string Agent, ToolCall Call, JsonElement Arguments) : LoopEffect;

/// <summary>See what a judge's unread reply cites. Result: <see cref="JudgeAnswered"/>.</summary>
public sealed record SeeCited(JudgeBriefed Brief, IReadOnlyList<string> Paths) : LoopEffect;

/// <summary>Run the explorer's call of a tool that only reads, in the workspace. Result: <see cref="ExplorerRead"/>.</summary>
/// <param name="Arguments">As those of <see cref="RunTool"/>.</param>
public sealed record ReadForExplorer(ToolCall Call, JsonElement Arguments) : LoopEffect;

/// <summary>See what the explorer's unread reply cites. Result: <see cref="ExplorerAnswered"/>.</summary>
public sealed record SeePlaces(IReadOnlyList<string> Paths) : LoopEffect;

/// <summary>Choose the skills that the attempt is shown. Result: <see cref="SkillsChosen"/>.</summary>
public sealed record ChooseSkills : LoopEffect;

/// <summary>Deliver the change and sign the proof. Result: <see cref="LoopVerified"/>.</summary>
public sealed record Prove : LoopEffect;

/// <summary>Nothing until a signal comes.</summary>
public sealed record Wait : LoopEffect;

/// <summary>The intent this epoch holds is being carried out; its result comes next.</summary>
public sealed record InFlight(LoopEvent Open) : LoopEffect;

/// <summary>The loop has ended.</summary>
public sealed record Ended : LoopEffect;
