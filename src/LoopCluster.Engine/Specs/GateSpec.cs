using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Specs;

/// <summary>A command whose exit code 0, in a clean room, is the only thing that counts as success.</summary>
public sealed record GateSpec
{
    public required string Name { get; init; }

    /// <summary>Shell command, run in the root of the clean tree.</summary>
    public required string Run { get; init; }

    /// <summary>Globs whose files are taken from the base, whatever the change did to them.</summary>
    public IReadOnlyList<string> Protect { get; init; } = [];

    /// <summary><c>protect: none</c>: nothing that this gate rests on is protected. Default: false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unprotected { get; init; }

    /// <summary>What the gate must do on the base. Default: red.</summary>
    public GateBaseline Baseline { get; init; } = GateBaseline.Red;

    /// <summary>A regular expression the output must match for the run to count as a run at all (a runner that never started has no evidence).</summary>
    public string? Evidence { get; init; }

    /// <summary>How many passes in a row count as one. Default: 1.</summary>
    public int Confirm { get; init; } = 1;

    /// <summary>Default: 60s.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(60);
}

[JsonConverter(typeof(JsonStringEnumConverter<GateBaseline>))]
public enum GateBaseline
{
    /// <summary>Must run and fail on the base: it shows that the task is not done yet.</summary>
    [JsonStringEnumMemberName("red")] Red,

    /// <summary>Must pass on the base: it guards what works today.</summary>
    [JsonStringEnumMemberName("pass")] Pass,
}
