using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Gates;

/// <summary>How a gate was red and green on one tree.</summary>
public sealed record GateFlake
{
    /// <summary>Red and green runs on the change as it is.</summary>
    public int Reds { get; init; }

    public int Greens { get; init; }

    /// <summary>Red and green runs on the base.</summary>
    public int BaseReds { get; init; }

    public int BaseGreens { get; init; }

    /// <summary>Null when it was steady on the change.</summary>
    public FlakeOrigin? Origin { get; init; }

    /// <summary>It was set aside: its red did not fail the change.</summary>
    public bool Quarantined { get; init; }
}

/// <summary>Whose doing it is that a gate was red and green on one tree.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FlakeOrigin>))]
public enum FlakeOrigin
{
    /// <summary>The base is as flaky, without any change.</summary>
    [JsonStringEnumMemberName("base")]
    Base,

    /// <summary>The base was not so, as often as it was asked.</summary>
    [JsonStringEnumMemberName("change")]
    Change,

    /// <summary>The gate is red on the base, which therefore cannot tell.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown,
}
