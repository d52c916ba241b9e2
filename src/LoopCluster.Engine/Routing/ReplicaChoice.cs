using System.Text.Json.Serialization;

namespace LoopCluster.Engine.Routing;

/// <summary>Which replica of an endpoint a request went to, and why there.</summary>
/// <param name="Url">Its base.</param>
public sealed record ReplicaChoice(string Url, ReplicaCause Cause);

[JsonConverter(typeof(JsonStringEnumConverter<ReplicaCause>))]
public enum ReplicaCause
{
    /// <summary>The session's first request.</summary>
    [JsonStringEnumMemberName("first")]
    First,

    /// <summary>It has the session's prefix from the last request.</summary>
    [JsonStringEnumMemberName("warm")]
    Warm,

    /// <summary>The last request is long ago: chosen anew.</summary>
    [JsonStringEnumMemberName("cold")]
    Cold,

    /// <summary>The one with the prefix has too much to do, or failed.</summary>
    [JsonStringEnumMemberName("moved")]
    Moved,
}

/// <summary>What a replica's server says of its load.</summary>
/// <param name="Waiting">Requests that wait there.</param>
/// <param name="Running">Requests that run there.</param>
/// <param name="Cache">Share of its cache in use, 0 to 1.</param>
/// <param name="Sick">Its last call failed: it is chosen only where there is no other.</param>
public sealed record ReplicaLoad(string Url, int Waiting = 0, int Running = 0, double Cache = 0, bool Sick = false);
