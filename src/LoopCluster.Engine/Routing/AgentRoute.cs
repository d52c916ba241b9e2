using System.Collections.Immutable;

namespace LoopCluster.Engine.Routing;

/// <summary>Where an agent's requests have come to, and what was seen since: all that the next choice rests on.</summary>
public sealed record AgentRoute
{
    public static readonly AgentRoute Start = new();

    /// <summary>The tier in use.</summary>
    public int Level { get; init; }

    /// <summary>Why this tier; null while it is the one the agent began with.</summary>
    public RouteCause? Cause { get; init; }

    /// <summary>Failed attempts of the loop when it came to this tier.</summary>
    public int Failed { get; init; }

    /// <summary><see cref="GateProgress.Steps"/> when it came to this tier.</summary>
    public int Steps { get; init; }

    /// <summary>Replies since it came, or since the last progress.</summary>
    public int Turns { get; init; }

    /// <summary>Looks at the gates' tests in these turns that showed no progress.</summary>
    public int Looks { get; init; }

    /// <summary>Models that are, or were, passed over, by name.</summary>
    public ImmutableDictionary<string, EndpointRest> Rests { get; init; } = ImmutableDictionary<string, EndpointRest>.Empty;

    /// <summary>After a rest nothing says any more what its endpoints do.</summary>
    internal AgentRoute Rested() => Rests.IsEmpty ? this : this with { Rests = Rests.Clear() };

    public bool Passes(string model) => Rests.GetValueOrDefault(model) is { Holds: true };
}
