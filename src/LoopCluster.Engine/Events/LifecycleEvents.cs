using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Events;

/// <summary>
/// The first entry: what was asked for, after validation, and all of the server's that shapes the loop's effects, by value or by hash.
/// </summary>
public sealed record LoopCreated : LoopEvent
{
    public required string Tenant { get; init; }

    public required LoopSpec Spec { get; init; }

    public required IReadOnlyDictionary<string, ModelBinding> Models { get; init; }

    /// <summary>
    /// By role or judge gate its tiers, the cheapest first, where there is more than one model to choose from. Null where nobody has any.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Routing.ModelTier>>? Tiers { get; init; }

    public required IReadOnlyList<ToolDefinition> Tools { get; init; }

    public required EngineVersions Versions { get; init; }

    /// <summary>By which version of <see cref="Engine.Plans.PlanRules"/> its plan has steps. Null: it has none, or is a text.</summary>
    public int? Plans { get; init; }

    /// <summary>SHA-256 (hex) of the request that asked for the loop, when it came with an idempotency key.</summary>
    public string? Request { get; init; }

    /// <summary>
    /// Random, when the loop's id was given: of two nodes that start it within a millisecond each writes an entry of its own, and the
    /// ledger tells one of them that it was second.
    /// </summary>
    public string? Start { get; init; }
}

/// <summary>
/// Versions of machine and context builder a loop keeps until <c>loop-migrated</c>. What is additive, and so changes no golden history,
/// needs none; for anything else the older rule stays in the code beside the newer one.
/// </summary>
public sealed record EngineVersions(int Machine, int Context)
{
    public static readonly EngineVersions Current = new(1, 1);
}

/// <summary>The base is durable, and what it says of the loop has been read: the rest of what shapes the loop's effects.</summary>
public sealed record BaseImported : LoopEvent
{
    /// <summary>Before the import.</summary>
    public static readonly BaseImported None = new() { Base = new BaseSnapshot("", "", new BlobRef("", 0)) };

    public required BaseSnapshot Base { get; init; }

    /// <summary><c>.agent/RULES.md</c> of the base commit.</summary>
    public string? Rules { get; init; }

    /// <summary>The workspace's own policy, <c>.agent/policy.yaml</c> of the base commit. It may only tighten.</summary>
    public PolicySpec? WorkspacePolicy { get; init; }

    /// <summary>What the gates rest on, as recognised from their commands and the base. Null: none of its rules hold.</summary>
    public Gates.Protection? Protection { get; init; }

    /// <summary>
    /// Every rules file of the base commit, when there is another one beside <c>.agent/RULES.md</c>: the nearest to a file counts most.
    /// </summary>
    public IReadOnlyList<RulesFile>? RuleFiles { get; init; }

    /// <summary>The skills the loop may be shown. Null: there are none.</summary>
    public SkillsFound? Skills { get; init; }

    /// <summary>By which version of <see cref="Gates.StrengthRules"/> gates are tested themselves. Null: they are not.</summary>
    public int? Strength { get; init; }
}

/// <summary>
/// The workspace that was asked for cannot be used: there is no such ref, its policy is none. The loop stops before anything is run.
/// </summary>
/// <param name="Code">As that of a refused request.</param>
public sealed record ImportFailed(string Code, IReadOnlyList<InputFault> Faults) : LoopEvent;

/// <summary>The tree a loop starts from. <paramref name="Pack"/> is the blob that rebuilds it on any host.</summary>
public sealed record BaseSnapshot(string Commit, string Tree, BlobRef Pack);

/// <summary>A content-addressed blob: lower-case hex SHA-256 and length in bytes.</summary>
public sealed record BlobRef(string Hash, long Bytes);

/// <summary>A model as bound at creation: what the spec named, resolved.</summary>
public sealed record ModelBinding
{
    public required string Name { get; init; }

    /// <summary>Blob of the script when the model is the scripted one.</summary>
    public BlobRef? Script { get; init; }

    public string? Url { get; init; }

    /// <summary>
    /// Bases of servers with this model, any of which may be asked; <see cref="Url"/> is the first. Null where there is one.
    /// </summary>
    public IReadOnlyList<string>? Replicas { get; init; }

    /// <summary>Model id in the request.</summary>
    public required string Model { get; init; }

    public string? KeyEnv { get; init; }

    /// <summary>Tokens, prompt and reply together.</summary>
    public required int Window { get; init; }

    /// <summary>Most tokens of one reply.</summary>
    public required int MaxTokens { get; init; }

    public ModelPrice Price { get; init; } = new();

    /// <summary>Nobody wrote a price: <see cref="Price"/> is 0 because it is unknown, and no ceiling of cost can be held with it.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unpriced { get; init; }

    public string? Family { get; init; }

    public int Concurrency { get; init; } = 64;

    public bool Stream { get; init; }

    /// <summary>How it wants to be asked, where it was said.</summary>
    public ModelDialect? Dialect { get; init; }
}

/// <summary>What the model is told about a tool, and what the rules have to know of it.</summary>
/// <param name="Parameters">A JSON schema.</param>
/// <param name="Class">What a crash in the middle of a call means. One of a sandbox that reaches out is <see cref="EffectClass.External"/>
/// whatever is said here.</param>
/// <param name="Sandbox">A call takes sandbox time.</param>
public sealed record ToolDefinition(
    string Name,
    string Description,
    JsonElement Parameters,
    EffectClass Class = EffectClass.External,
    bool Sandbox = false
);

/// <summary>A fork's first entry. It inherits the parent's state up to and including <see cref="Seq"/>, and none of its rights.</summary>
public sealed record LoopForked : LoopEvent
{
    public required LoopId Parent { get; init; }

    public required long Seq { get; init; }

    /// <summary>Hash of the parent's entry <see cref="Seq"/>.</summary>
    public required string Hash { get; init; }

    /// <summary>The workspace commit at that point.</summary>
    public required string Commit { get; init; }

    /// <summary>The fork's own budget.</summary>
    public required BudgetLimits Budget { get; init; }

    public required EngineVersions Versions { get; init; }

    /// <summary>As <see cref="LoopCreated.Request"/>.</summary>
    public string? Request { get; init; }

    /// <summary>As <see cref="LoopCreated.Start"/>.</summary>
    public string? Start { get; init; }
}

/// <summary>
/// In a first entry: the loop waits until its tenant, which may run <paramref name="Limit"/> loops at once, has a place for it.
/// </summary>
public sealed record LoopQueued(int Limit) : LoopEvent;

/// <summary>The loop has a place.</summary>
/// <param name="Id">Of the signal.</param>
/// <param name="Running">Loops of the tenant that had one.</param>
/// <param name="Limit">Loops that may have one; 0 for any number.</param>
public sealed record LoopAdmitted(string Id, int Running, int Limit) : LoopEvent;

/// <summary>A driver took the loop. Every open intent of an older epoch is reconciled after it.</summary>
public sealed record DriverStarted(int Epoch, string Host) : LoopEvent
{
    /// <summary>The tenant has ceilings of its own: what this driver spends is drawn from its account.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Account { get; init; }
}

public sealed record LoopMigrated(EngineVersions Versions) : LoopEvent;

public sealed record StageEntered(LoopStage Stage) : LoopEvent;

public sealed record AttemptStarted(int Attempt) : LoopEvent;

/// <summary>
/// An attempt ended without success. <paramref name="Signature"/> is the normalised error; equal signatures mean the same failure.
/// </summary>
/// <param name="Flaky">The flaky gate it failed at: the same failure or the same files again say little then.</param>
public sealed record AttemptFailed(int Attempt, string Reason, string Signature, string Tree, string? Flaky = null) : LoopEvent;

/// <summary>Terminal: every gate passed on <see cref="Tree"/>.</summary>
public sealed record LoopVerified : LoopEvent
{
    public required string Commit { get; init; }

    public required string Tree { get; init; }

    /// <summary>Blob of the signed proof.</summary>
    public required BlobRef Proof { get; init; }

    /// <summary>Branch the change was delivered to, when the workspace is a local repository.</summary>
    public string? Branch { get; init; }

    /// <summary>
    /// What was delivered: the tree that the gates passed on, where <see cref="Tree"/> is the change before protected files were put back.
    /// Null in loops that an earlier version finished.
    /// </summary>
    public DeliveredChange? Delivered { get; init; }
}

/// <summary>The outcome as one commit on the base.</summary>
public sealed record DeliveredChange
{
    public required string Commit { get; init; }

    public required string Tree { get; init; }

    /// <summary>Blob that, with the packs of the base and of the steps, rebuilds the commit on any host.</summary>
    public required BlobRef Pack { get; init; }

    /// <summary>Files that differ from the base, and lines added and removed.</summary>
    public required int Files { get; init; }

    public required int Lines { get; init; }

    /// <summary>Paths at which the base's file counts and not the change's, sorted, the first 100.</summary>
    public IReadOnlyList<string> Restored { get; init; } = [];

    /// <summary>Branch that keeps every step, when the spec asks for it.</summary>
    public string? Steps { get; init; }
}

/// <summary>Terminal: the loop ended without a verified change.</summary>
public sealed record LoopStopped(LoopStatus Status, string Reason) : LoopEvent;
