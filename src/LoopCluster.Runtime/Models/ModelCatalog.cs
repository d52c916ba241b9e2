using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>
/// The models file, and how what a spec names becomes the binding a loop keeps. Shapes and defaults are in <c>docs/models.md</c>.
/// </summary>
public sealed class ModelCatalog
{
    /// <summary>Tokens of a script's window: never the reason a scripted loop ends.</summary>
    public const int ScriptWindow = 131_072;

    /// <summary>Tokens of a window nobody named: what nearly every served model has.</summary>
    public const int DefaultWindow = 32_768;

    /// <summary>Tokens of one reply when nobody named a limit.</summary>
    public const int DefaultMaxTokens = 4_096;

    /// <summary>Calls at once to one endpoint.</summary>
    public const int DefaultConcurrency = 64;

    /// <summary>Name of every scripted binding, so that nobody takes its replies for a model's.</summary>
    public const string ScriptName = "script";

    /// <summary>What a spec names for the tiers that this file's <c>agents</c> give each role.</summary>
    public const string AutoName = "auto";

    private readonly CatalogFile _file;

    private ModelCatalog(CatalogFile file) => _file = file;

    public static ModelCatalog Empty { get; } = new(CatalogFile.Empty);

    /// <summary>Every model by name, sorted.</summary>
    public IEnumerable<ModelBinding> Models => _file.Models.Values.OrderBy(model => model.Name, StringComparer.Ordinal);

    /// <summary>Tiers by name, sorted, with the names of their models in the order in which they are asked.</summary>
    public IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> Tiers => _file.Tiers.OrderBy(t => t.Key, StringComparer.Ordinal);

    /// <summary>The tiers that <c>model: auto</c> gives each role, the cheapest first.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Agents => _file.Agents;

    /// <summary>Reads a models file, YAML or JSON.</summary>
    /// <exception cref="BadInputException"><c>models-invalid</c>, every fault with its path.</exception>
    public static ModelCatalog Parse(string text) => new(CatalogParser.Parse(YamlJson.Parse(text, CatalogParser.Code)));

    /// <summary>Reads the models file at <paramref name="path"/>.</summary>
    /// <param name="optional">True when no file there means no models: the default path, as opposed to one a person named.</param>
    /// <exception cref="BadInputException"><c>models-invalid</c>: unreadable, or faulty.</exception>
    public static ModelCatalog Load(string path, bool optional)
    {
        if (optional && !File.Exists(path))
        {
            return Empty;
        }

        return new(DocumentFile.Read(path, DocumentKind.Models, CatalogParser.Parse));
    }

    /// <summary>
    /// The spec with every name of this file written out, so that a host with another models file binds the same. Names that are not in the
    /// file stay; binding refuses them.
    /// </summary>
    public LoopSpec WriteOut(LoopSpec spec)
    {
        spec = Expand(spec);
        var models = new SortedDictionary<string, ModelSpec>(StringComparer.Ordinal);
        foreach (var (role, model) in spec.Models)
        {
            models[role] =
                model.Name is { } name && model.Url is null && _file.Models.TryGetValue(name, out var known) ? Specify(known) : model;
        }

        return spec with
        {
            Models = models,
        };
    }

    /// <summary>The spec with every name of a tier written out as the names of its models.</summary>
    /// <exception cref="BadInputException"><c>unknown-model</c>: <c>auto</c> without agents in this file.</exception>
    public LoopSpec Expand(LoopSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return TierExpansion.Expand(spec, _file);
    }

    private static ModelSpec Specify(ModelBinding model) =>
        new()
        {
            Name = model.Name,
            Url = model.Url,
            Replicas = model.Replicas,
            Model = model.Model,
            KeyEnv = model.KeyEnv,
            Window = model.Window,
            MaxTokens = model.MaxTokens,
            Price = model.Unpriced ? null : model.Price,
            Family = model.Family,
            Concurrency = model.Concurrency,
            Stream = model.Stream,
            Dialect = model.Dialect,
        };

    /// <summary>The binding of what a spec names for a role. The text of a script becomes a blob, and is checked first.</summary>
    /// <exception cref="BadInputException"><c>unknown-model</c>, <c>models-invalid</c> or <c>script-invalid</c>.</exception>
    public async ValueTask<ModelBinding> ResolveAsync(ModelSpec spec, string role, IBlobStore blobs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(blobs);
        if (spec.Script is not null || spec.ScriptPath is not null)
        {
            var script = spec.Script is null
                ? DocumentFile.ReadBytes(spec.ScriptPath!, DocumentKind.Script)
                : System.Text.Encoding.UTF8.GetBytes(spec.Script);
            _ = spec.ScriptPath is { } file ? ModelScript.Load(file, script) : ModelScript.Parse(script);
            var blob = await blobs.PutAsync(script, cancellationToken).ConfigureAwait(false);
            return BindingRules.Bind(
                $"models.{role}",
                ScriptName,
                spec with
                {
                    Model = ScriptName,
                    Url = null,
                    Window = spec.Window ?? ScriptWindow,
                }
            ) with
            {
                Script = blob,
            };
        }

        if (spec.Url is not null)
        {
            return BindingRules.Bind($"models.{role}", spec.Name ?? spec.Model ?? "", spec);
        }

        if (spec.Name is not null && _file.Models.TryGetValue(spec.Name, out var model))
        {
            return model;
        }

        var known =
            _file.Models.Count == 0
                ? "there is no models file, or it is empty"
                : $"known are {string.Join(", ", Models.Select(m => m.Name).Concat(Tiers.Select(t => t.Key)))}";
        throw new BadInputException(
            "unknown-model",
            $"models.{role}",
            $"no model is named '{spec.Name}': {known}. Add it to the models file, or name a script as script:PATH."
        );
    }
}
