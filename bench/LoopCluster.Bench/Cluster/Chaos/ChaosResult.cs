using System.Text.Json.Serialization;

namespace LoopCluster.Bench.Cluster.Chaos;

/// <summary>One line of <c>chaos</c>: the figures of a seed.</summary>
internal sealed record ChaosResult
{
    public required int Seed { get; init; }

    public required int Loops { get; init; }

    /// <summary>Loops that did not end as they must, miss something acknowledged, or have no whole ledger.</summary>
    public required int Lost { get; init; }

    /// <summary>Loops of which a completed step was begun again.</summary>
    public required int Repeated { get; init; }

    /// <summary>Loops that passed a ceiling.</summary>
    public required int Overshoot { get; init; }

    public required int LeakedContainers { get; init; }

    [JsonPropertyName("recoveryP50Ms")]
    public required double RecoveryP50Ms { get; init; }

    [JsonPropertyName("recoveryP99Ms")]
    public required double RecoveryP99Ms { get; init; }

    public required bool Ok { get; init; }

    public required string Machine { get; init; }
}

[JsonSerializable(typeof(ChaosResult))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ChaosJson : JsonSerializerContext;
