using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Loops;

/// <summary>What a loop cannot go on without.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OutageOf>))]
public enum OutageOf
{
    /// <summary>The endpoint of a model.</summary>
    [JsonStringEnumMemberName("model")]
    Model,

    /// <summary>The container engine, the disk: what tools and <c>prepare</c> run on.</summary>
    [JsonStringEnumMemberName("sandbox")]
    Sandbox,

    /// <summary>What gates run on.</summary>
    [JsonStringEnumMemberName("gate")]
    Gate,

    /// <summary>Where the base is to come from.</summary>
    [JsonStringEnumMemberName("workspace")]
    Workspace,

    /// <summary>What the tenant may spend.</summary>
    [JsonStringEnumMemberName("budget")]
    Budget,
}

/// <summary>Something outside the loop does not work, and is waited for: patience first, then the loop is parked.</summary>
/// <param name="Since">The first failure.</param>
/// <param name="Last">The newest failure.</param>
/// <param name="Failures">In a row.</param>
/// <param name="Message">What the newest failure said.</param>
/// <param name="NextTry">When it is tried again.</param>
/// <param name="Hopeless">Waiting longer cannot help: a person is needed, or the endpoint asked for a longer wait than there is
/// patience.</param>
public sealed record Outage(
    OutageOf Of,
    DateTimeOffset Since,
    DateTimeOffset Last,
    int Failures,
    string Message,
    DateTimeOffset NextTry,
    bool Hopeless = false
);
