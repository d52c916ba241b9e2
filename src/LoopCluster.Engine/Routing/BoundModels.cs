using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Routing;

/// <summary>What the names of a spec were bound to: as it stands in <see cref="LoopCreated"/>.</summary>
public sealed record BoundModels(
    IReadOnlyDictionary<string, ModelBinding> Models,
    IReadOnlyDictionary<string, IReadOnlyList<ModelTier>>? Tiers = null
)
{
    /// <summary>Every model that may answer for a role or a judge gate.</summary>
    public IEnumerable<ModelBinding> Of(string key) =>
        Tiers?.GetValueOrDefault(key) is { } tiers ? tiers.SelectMany(t => t.Models).Select(m => Models[m]) : [Models[key]];
}
