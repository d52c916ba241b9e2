using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Routing;

/// <summary>A model an agent may be answered by, and the tier it has there: what its answers cost and are worth, in one word.</summary>
public sealed record AgentBinding(ModelBinding Model, string Tier = AgentBinding.DefaultTier)
{
    /// <summary>The tier of a model that was put into none.</summary>
    public const string DefaultTier = "default";

    /// <summary>The tier's place among the agent's, the cheapest is 0.</summary>
    public int Level { get; init; }
}
