using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Specs;

/// <summary>
/// Models that vote on a change which every command gate passed. Each is another verifier, with a perspective of its own.
/// </summary>
public sealed record JudgeGate : GateSpec
{
    [JsonPropertyOrder(-9)]
    public required JudgeSpec Judge { get; init; }

    /// <summary>Name of the model that a gate brings itself, beside the roles in <see cref="LoopSpec.Models"/>.</summary>
    public static string ModelKey(string gate) => $"{Agents.AgentNames.Judge}/{gate}";
}

public sealed record JudgeSpec
{
    public static readonly IReadOnlyList<string> DefaultPerspectives = ["correctness", "security", "scope"];

    /// <summary>Verifiers. Default: 3.</summary>
    public int Votes { get; init; } = 3;

    /// <summary>Approvals that make a pass. Default: more than half of the votes.</summary>
    public required int Quorum { get; init; }

    /// <summary>What each verifier looks at, in turn. Default: correctness, security, scope.</summary>
    public IReadOnlyList<string> Perspectives { get; init; } = DefaultPerspectives;

    /// <summary>A judge may be of the maker's model family. Default: false.</summary>
    public bool AllowSameFamily { get; init; }
}
