using System.Globalization;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Runtime.Models;

/// <summary>
/// Gives each model of an agent a name of its own: a ledger says by name which of them was asked. Scripts and endpoints that a spec wrote
/// out may come with the same one.
/// </summary>
internal static class TierBinding
{
    /// <exception cref="BadInputException"><c>models-invalid</c>: one model is in two tiers of an agent.</exception>
    public static Dictionary<string, ModelBinding> Named(
        Dictionary<string, ModelBinding> models,
        IReadOnlyDictionary<string, IReadOnlyList<ModelTier>>? tiers
    )
    {
        foreach (var (agent, all) in tiers ?? new Dictionary<string, IReadOnlyList<ModelTier>>())
        {
            var names = new Dictionary<string, ModelBinding>(StringComparer.Ordinal);
            foreach (var (tier, key) in all.SelectMany(t => t.Models.Select(m => (t.Name, m))))
            {
                var model = models[key];
                if (names.TryGetValue(model.Name, out var first))
                {
                    if (model.Script is null && (first.Url, first.Model) == (model.Url, model.Model))
                    {
                        throw new BadInputException(
                            CatalogParser.Code,
                            $"models.{agent}",
                            $"model '{model.Name}' is there twice: a model is in one tier of an agent, once"
                        );
                    }

                    model = models[key] = model with { Name = Free(names, $"{model.Name}/{tier}") };
                }

                names.Add(model.Name, model);
            }
        }

        return models;
    }

    private static string Free(Dictionary<string, ModelBinding> names, string wanted)
    {
        var name = wanted;
        for (var number = 2; names.ContainsKey(name); number++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}-{number}");
        }

        return name;
    }
}
