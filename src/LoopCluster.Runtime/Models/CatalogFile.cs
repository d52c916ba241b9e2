using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Models;

/// <summary>A models file, read.</summary>
/// <param name="Tiers">By name: models that may stand in for each other, in the order in which they are asked.</param>
/// <param name="Agents">By role: its tiers, the cheapest first. Each is the name of a tier or of a model.</param>
internal sealed record CatalogFile(
    IReadOnlyDictionary<string, ModelBinding> Models,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Tiers,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Agents
)
{
    private static readonly Dictionary<string, IReadOnlyList<string>> s_none = [];

    public static readonly CatalogFile Empty = new(new Dictionary<string, ModelBinding>(), s_none, s_none);
}
