using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>
/// Writes the tiers of a models file out in a spec: a name of a tier becomes its models, <c>auto</c> what the file's <c>agents</c> say.
/// What is written out already stays as it is.
/// </summary>
internal static class TierExpansion
{
    /// <exception cref="BadInputException"><c>unknown-model</c>: <c>auto</c>, and the file says nothing of the maker.</exception>
    public static LoopSpec Expand(LoopSpec spec, CatalogFile file)
    {
        spec = Auto(spec, file);
        var written = (spec.Tiers ?? new Dictionary<string, IReadOnlyList<ModelTier>>())
            .SelectMany(t => t.Value.SelectMany(tier => tier.Models).Where(key => key != t.Key))
            .ToHashSet(StringComparer.Ordinal);
        var models = new SortedDictionary<string, ModelSpec>(StringComparer.Ordinal);
        var tiers = new SortedDictionary<string, IReadOnlyList<ModelTier>>(StringComparer.Ordinal);
        foreach (var key in spec.Models.Keys.Where(k => !written.Contains(k)))
        {
            var own = spec.Tiers?.GetValueOrDefault(key);
            var all = (own ?? [new ModelTier(NameOf(spec.Models[key]), [key])])
                .Select(tier => (tier.Name, Specs: tier.Models.SelectMany(m => Expand(spec.Models[m], file)).ToList()))
                .ToList();
            for (var level = 0; level < all.Count; level++)
            {
                for (var i = 0; i < all[level].Specs.Count; i++)
                {
                    models[ModelKeys.Of(key, level, i)] = all[level].Specs[i];
                }
            }

            if (own is not null || all[0].Specs.Count > 1 || file.Tiers.ContainsKey(all[0].Name))
            {
                tiers[key] =
                [
                    .. all.Select((tier, level) => new ModelTier(tier.Name, [.. tier.Specs.Select((_, i) => ModelKeys.Of(key, level, i))])),
                ];
            }
        }

        return spec with
        {
            Models = models,
            Tiers = tiers.Count > 0 ? tiers : null,
        };
    }

    private static IEnumerable<ModelSpec> Expand(ModelSpec model, CatalogFile file) =>
        IsName(model) && file.Tiers.TryGetValue(model.Name!, out var names) ? names.Select(name => new ModelSpec { Name = name }) : [model];

    /// <summary>Each role that the file's agents name, and that the spec does not.</summary>
    private static LoopSpec Auto(LoopSpec spec, CatalogFile file)
    {
        if (!spec.Models.TryGetValue(AgentNames.Make, out var make) || !IsName(make) || make.Name != ModelCatalog.AutoName)
        {
            return spec;
        }

        if (!file.Agents.ContainsKey(AgentNames.Make))
        {
            throw new BadInputException(
                "unknown-model",
                $"models.{AgentNames.Make}",
                $"'{ModelCatalog.AutoName}' is what the models file gives each agent, and it says nothing of 'make': add agents: {{ make: [TIER, ...] }} to it, or name a model"
            );
        }

        var models = new SortedDictionary<string, ModelSpec>(spec.Models.ToDictionary(), StringComparer.Ordinal);
        var tiers = new SortedDictionary<string, IReadOnlyList<ModelTier>>(spec.Tiers?.ToDictionary() ?? [], StringComparer.Ordinal);
        foreach (var (role, names) in file.Agents.Where(a => a.Key == AgentNames.Make || !spec.Models.ContainsKey(a.Key)))
        {
            for (var level = 0; level < names.Count; level++)
            {
                models[ModelKeys.Of(role, level, 0)] = new ModelSpec { Name = names[level] };
            }

            tiers[role] = [.. names.Select((name, level) => new ModelTier(name, [ModelKeys.Of(role, level, 0)]))];
        }

        return spec with
        {
            Models = models,
            Tiers = tiers,
        };
    }

    private static bool IsName(ModelSpec model) => model is { Name: not null, Url: null, Script: null, ScriptPath: null };

    private static string NameOf(ModelSpec model) => IsName(model) ? model.Name! : AgentBinding.DefaultTier;
}
