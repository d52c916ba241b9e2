using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// A whole task, validated and with every default filled in. It is stored as it is in <c>loop-created</c>.
/// Shapes and defaults are documented in <c>docs/spec.md</c>.
/// </summary>
public sealed record LoopSpec
{
    public required string Goal { get; init; }

    public required WorkspaceSpec Workspace { get; init; }

    /// <summary>Model by role (<c>make, judge, explore, plan</c>); <c>make</c> is always there and stands in for a missing role.
    /// A judge gate's own model has the key <see cref="JudgeGate.ModelKey"/>.</summary>
    public required IReadOnlyDictionary<string, ModelSpec> Models { get; init; }

    /// <summary>By the same keys the tiers, where some were written: keys of <see cref="Models"/>. Null for none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Routing.ModelTier>>? Tiers { get; init; }

    public LoopMode Mode { get; init; } = LoopMode.Loop;

    /// <summary>Sandbox image. Default: <c>loopcluster/sandbox</c>.</summary>
    public string Image { get; init; } = "loopcluster/sandbox";

    public PrepareSpec? Prepare { get; init; }

    public IReadOnlyList<GateSpec> Gates { get; init; } = [];

    public ChangeLimits Changes { get; init; } = new();

    public BudgetLimits Budget { get; init; } = new();

    public SandboxLimits Sandbox { get; init; } = new();

    public PolicySpec? Policy { get; init; }

    /// <summary>Ask the planning model for a plan before the first attempt. Default: false.</summary>
    public bool Plan { get; init; }

    /// <summary>Ask the exploring model about the workspace before the first attempt. Default: false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Explore { get; init; }

    /// <summary>Null: as its defaults say.</summary>
    public SkillsSpec? Skills { get; init; }

    public StuckLimits Stuck { get; init; } = new();

    /// <summary>Null: as its defaults say.</summary>
    public DeliverSpec? Deliver { get; init; }

    /// <summary>Null: nothing is looked at afterwards.</summary>
    public ReviewSpec? Review { get; init; }

    /// <summary>
    /// Where it came from, which decides what it may reach wherever the loop is driven. Null in ledgers of earlier versions: taken for the
    /// network.
    /// </summary>
    public SpecSource? Source { get; init; }

    /// <summary>
    /// How long model, sandbox or gates may be away before the loop is parked. Default: 30m. Null in loops created before there was such a
    /// key.
    /// </summary>
    public Duration? Outage { get; init; }

    [JsonIgnore]
    public Duration Patience => Outage ?? DefaultOutage;

    public static readonly Duration DefaultOutage = Duration.FromMinutes(30);
}

/// <summary>How a verified change is handed over.</summary>
public sealed record DeliverSpec
{
    /// <summary>Also put every step's commit on the branch <c>loopcluster/LOOP-steps</c>. Default: false.</summary>
    public bool Steps { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<SpecSource>))]
public enum SpecSource
{
    /// <summary>A request: its author is not the server's operator.</summary>
    [JsonStringEnumMemberName("network")]
    Network,

    /// <summary>A file of whoever runs the loop with the rights of this machine's user.</summary>
    [JsonStringEnumMemberName("file")]
    File,
}

[JsonConverter(typeof(JsonStringEnumConverter<LoopMode>))]
public enum LoopMode
{
    /// <summary>Attempts repeat until the gates pass or a limit is reached.</summary>
    [JsonStringEnumMemberName("loop")]
    Loop,

    /// <summary>One attempt. Without gates a person decides about the change.</summary>
    [JsonStringEnumMemberName("single-shot")]
    SingleShot,
}
