using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Events;

/// <summary>The intent to resolve the image and to run the prepare command, if there is one, on the base.</summary>
/// <param name="Try">1, and more when the infrastructure failed before.</param>
/// <param name="ReservedSeconds">Of sandbox time held back; 0 without a command.</param>
public sealed record PrepareStarted(int Try, double ReservedSeconds) : LoopEvent;

/// <summary>
/// The prepare command ran (or its layer was there already). <paramref name="Layer"/> is null when the spec has no <c>prepare</c>.
/// </summary>
public sealed record BasePrepared(string ImageId, PreparedLayer? Layer = null, double SandboxSeconds = 0) : LoopEvent;

/// <summary>The prepare command failed on the base, or could not be run. The loop stops before a token is spent.</summary>
public sealed record PrepareFailed(string Message, OutputText? Output = null, double SandboxSeconds = 0) : LoopEvent
{
    public RunEnd End { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Files of the base that it changed, the first few.</summary>
    public IReadOnlyList<string>? Changed { get; init; }

    /// <summary>What it left that no layer can hold, each with the reason.</summary>
    public IReadOnlyList<string>? Faults { get; init; }
}

/// <summary>Dependencies, read-only under every call and gate: key, content hash, and the workspace paths it provides.</summary>
public sealed record PreparedLayer(string Key, BlobRef Content, IReadOnlyList<string> Paths);

[JsonConverter(typeof(JsonStringEnumConverter<GatePhase>))]
public enum GatePhase
{
    /// <summary>On the base, before a token is spent.</summary>
    [JsonStringEnumMemberName("baseline")]
    Baseline,

    /// <summary>On the change of an attempt.</summary>
    [JsonStringEnumMemberName("verify")]
    Verify,

    /// <summary>On a change it passed on, with failing checks of ours added: it must be red.</summary>
    [JsonStringEnumMemberName("canary")]
    Canary,

    /// <summary>On the base with only that part of the change which steers verification: it must be red.</summary>
    [JsonStringEnumMemberName("counterfactual")]
    Counterfactual,

    /// <summary>On a change it passed on, with one part of it taken back: it should notice.</summary>
    [JsonStringEnumMemberName("sabotage")]
    Sabotage,
}

public sealed record GateStarted : LoopEvent
{
    public required string Gate { get; init; }

    public required GatePhase Phase { get; init; }

    /// <summary>Tree of the change (of the base in the baseline phase).</summary>
    public required string Tree { get; init; }

    /// <summary>1 up to <c>confirm</c>.</summary>
    public required int Run { get; init; }

    /// <summary>1, and more when the infrastructure failed before.</summary>
    public required int Try { get; init; }

    public required double ReservedSeconds { get; init; }

    /// <summary>Red runs of a flaky gate on this tree that this run repeats; null for none.</summary>
    public int? Rerun { get; init; }

    /// <summary>Of a canary: what its checks say when they fail. It follows from the ledger, so no maker knows it beforehand.</summary>
    public string? Nonce { get; init; }

    /// <summary>It tests the gate, not the change.</summary>
    [JsonIgnore]
    public bool IsProbe => Phase is not (GatePhase.Baseline or GatePhase.Verify);
}

public sealed record GateCompleted : LoopEvent
{
    public required string Gate { get; init; }

    public required GatePhase Phase { get; init; }

    public required string Tree { get; init; }

    public required int Run { get; init; }

    /// <summary>What the run says, by <see cref="Gates.GateVerdict"/>.</summary>
    public required GateOutcome Outcome { get; init; }

    public RunEnd End { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Whether the output shows the gate's evidence; null when it asks for none or did not end by itself.</summary>
    public bool? Evidence { get; init; }

    /// <summary>On the base: the command names a file that nobody has written yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unwritten { get; init; }

    /// <summary>The tree the gate really ran on: base + change, protected entries from the base.</summary>
    public required string GateTree { get; init; }

    public required string ImageId { get; init; }

    public required OutputText Output { get; init; }

    /// <summary>Protected paths the change touched and the gate did not see.</summary>
    public IReadOnlyList<string> Restored { get; init; } = [];

    /// <summary>
    /// Paths of the change that would steer the gate, or that the running gate wrote in place of what it rests on; the first 100. Null when
    /// there are none.
    /// </summary>
    public IReadOnlyList<string>? Steering { get; init; }

    /// <summary>
    /// Paths of the change that steer gates, and that this run had all the same, the first 100: a person decides about them. Null when
    /// there are none, and in loops of earlier versions, whose gates did not run then.
    /// </summary>
    public IReadOnlyList<string>? Steers { get; init; }

    /// <summary>Paths of the prepared layer that have no place in the tree, so that it was not run. Null when there are none.</summary>
    public IReadOnlyList<string>? Blocked { get; init; }

    /// <summary>Files in the workspace that git ignores and the gate did not see, the first 50.</summary>
    public IReadOnlyList<string> Scratch { get; init; } = [];

    public double SandboxSeconds { get; init; }

    /// <summary>As the start's. A pass with one is flaky: the same tree was red before.</summary>
    public int? Rerun { get; init; }

    /// <summary>On the base: what the gate needs and the sandbox does not have, so that its failure says nothing about the task.</summary>
    public MissingTool? Missing { get; init; }

    /// <summary>Of a judge gate: how its verifiers voted. Null for a command's.</summary>
    public IReadOnlyList<JudgeVote>? Votes { get; init; }

    /// <summary>How many tests ran, where the output says so.</summary>
    public int? Tests { get; init; }

    /// <summary>How many of <see cref="Tests"/> failed. No verdict rests on it, only which tier is asked next.</summary>
    public int? Failing { get; init; }

    /// <summary>What was done to the tree, when this run tests the gate and not the change.</summary>
    public GateProbe? Probe { get; init; }

    /// <summary>It tests the gate, not the change.</summary>
    [JsonIgnore]
    public bool IsProbe => Phase is not (GatePhase.Baseline or GatePhase.Verify);

    [JsonIgnore]
    public bool IsFlaky => Outcome == GateOutcome.Passed && Rerun > 0;
}

/// <summary>How a tree was altered to see whether a gate notices.</summary>
public sealed record GateProbe
{
    /// <summary>
    /// What it was made for: a test runner, <c>given</c> by the spec; null when nothing could be done, so that nothing was run.
    /// </summary>
    public string? Kind { get; init; }

    /// <summary>Paths at which the tree was altered, the first 50.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Of a canary: the output shows that our checks failed.</summary>
    public bool? Seen { get; init; }

    /// <summary>Of a canary: what it found that can never fail, in its own words.</summary>
    public string? Fooled { get; init; }

    /// <summary>Of sabotage: how many parts the change has; of a counterfactual that has none: how many paths were looked at.</summary>
    public int? Of { get; init; }

    /// <summary>Of a counterfactual: the change is nothing else.</summary>
    public bool? Whole { get; init; }
}

/// <param name="Name">What is missing.</param>
/// <param name="Line">The line of the output that says so.</param>
public sealed record MissingTool(string Name, string Line);

[JsonConverter(typeof(JsonStringEnumConverter<GateOutcome>))]
public enum GateOutcome
{
    /// <summary>Exit code 0, and the evidence was there.</summary>
    [JsonStringEnumMemberName("passed")]
    Passed,

    /// <summary>Any other exit code.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    [JsonStringEnumMemberName("timeout")]
    Timeout,

    [JsonStringEnumMemberName("out-of-memory")]
    OutOfMemory,

    /// <summary>The command could not start (exit code 125 to 127). Earlier versions also: it showed no evidence that it ran.</summary>
    [JsonStringEnumMemberName("not-run")]
    NotRun,

    /// <summary>The infrastructure failed; tried again within bounds.</summary>
    [JsonStringEnumMemberName("unavailable")]
    Unavailable,

    /// <summary>It was not run, or what it said does not count: the change steers it.</summary>
    [JsonStringEnumMemberName("steered")]
    Steered,

    /// <summary>Cut off by cancel or deadline.</summary>
    [JsonStringEnumMemberName("aborted")]
    Aborted,

    /// <summary>Exit code 0 without the evidence a pass must show.</summary>
    [JsonStringEnumMemberName("no-evidence")]
    NoEvidence,

    /// <summary>Exit code 0, and fewer tests than on the base.</summary>
    [JsonStringEnumMemberName("fewer-tests")]
    FewerTests,

    /// <summary>Nothing is known by which the gate could be tested: it was not run.</summary>
    [JsonStringEnumMemberName("not-probed")]
    NotProbed,
}
