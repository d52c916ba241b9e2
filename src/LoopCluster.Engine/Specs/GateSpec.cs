using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// What decides whether the goal is met. Each kind is run in its own way, and ends in the same verdict (<see cref="Events.GateOutcome"/>).
/// </summary>
[JsonConverter(typeof(GateSpecConverter))]
public abstract record GateSpec
{
    [JsonPropertyOrder(-10)]
    public required string Name { get; init; }

    /// <summary>Globs whose files are taken from the base, whatever the change did to them.</summary>
    [JsonPropertyOrder(-8)]
    public IReadOnlyList<string> Protect { get; init; } = [];

    /// <summary><c>protect: none</c>: nothing that this gate rests on is protected. Default: false.</summary>
    [JsonPropertyOrder(-7)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unprotected { get; init; }

    /// <summary>What the gate must do on the base. Default: red.</summary>
    [JsonPropertyOrder(-6)]
    public GateBaseline Baseline { get; init; } = GateBaseline.Red;

    /// <summary>How many passes in a row count as one. Default: 1.</summary>
    [JsonPropertyOrder(-4)]
    public int Confirm { get; init; } = 1;

    /// <summary>Set when the gate is known to fail now and then. Default: null, it is not.</summary>
    [JsonPropertyOrder(-3)]
    public FlakySpec? Flaky { get; init; }

    /// <summary>Default: 60s.</summary>
    [JsonPropertyOrder(-2)]
    public Duration Timeout { get; init; } = Duration.FromSeconds(60);
}

/// <summary>A command whose exit code 0, in a clean room, is the only thing that counts as success.</summary>
public sealed record CommandGate : GateSpec
{
    /// <summary>Shell command, run in the root of the clean tree.</summary>
    [JsonPropertyOrder(-9)]
    public required string Run { get; init; }

    /// <summary>
    /// A regular expression the output of a pass must match, or it is none. It keeps a runner that found nothing to run from passing; the
    /// code under test can print it as well, so it proves nothing against a maker who cheats. On the base it need not match.
    /// </summary>
    [JsonPropertyOrder(-5)]
    public string? Evidence { get; init; }

    /// <summary>
    /// Files that make this gate red, by path, for a runner that is not recognised; empty for <c>canary: none</c>. Default: null, made for
    /// the runner.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Canary { get; init; }

    /// <summary>Parts of a change that are taken back in turn after a pass, the largest first. Default: null, none.</summary>
    public int? Sabotage { get; init; }

    /// <summary>What the gate must show of itself for a pass to count. Default: null.</summary>
    public StrengthSpec? Strength { get; init; }
}

/// <param name="Canary">A gate for which no canary is known is refused. Default: false.</param>
/// <param name="Sabotage">The share of the change's parts that the gate must notice, 0 to 1. Default: null, only told.</param>
public sealed record StrengthSpec(bool Canary = false, double? Sabotage = null);

/// <param name="Reruns">How often a red run may be repeated on the same tree before it counts. Default: 1.</param>
public sealed record FlakySpec(int Reruns = 1)
{
    /// <summary>
    /// The gate is measured on the base first; one that is both red and green there fails no change, and a person weighs its red.
    /// Default: false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Quarantine { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<GateBaseline>))]
public enum GateBaseline
{
    /// <summary>Must run and fail on the base: it shows that the task is not done yet.</summary>
    [JsonStringEnumMemberName("red")]
    Red,

    /// <summary>Must pass on the base: it guards what works today.</summary>
    [JsonStringEnumMemberName("pass")]
    Pass,
}
