using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Specs;

public static partial class LoopSpecReader
{
    private const int MostTiers = 8;
    private const int MostOfATier = 16;
    private const string ModelForms =
        "a name of the models file, script:PATH, { script: ... } or { url, model, ... }, or a list of tiers, the cheapest first";

    private static SortedDictionary<string, ModelSpec> ReadModels(
        SpecObject document,
        SpecOrigin origin,
        SortedDictionary<string, IReadOnlyList<ModelTier>> tiers
    )
    {
        var read = new SortedDictionary<string, ModelSpec>(StringComparer.Ordinal);
        var single = document.Value("model");
        var byRole = document.Object("models");
        if (document.Has("model") && document.Has("models"))
        {
            document.Faults.Add("models", "give either model or models, not both");
        }
        else if (!document.Has("model") && !document.Has("models"))
        {
            document.Faults.Add("model", $"missing: {ModelForms}");
        }

        if (single is { } model)
        {
            ReadRole(model, "model", AgentNames.Make);
        }

        if (byRole is not null)
        {
            byRole.Require("make", "the role that does the work; other roles fall back on it");
            foreach (var role in AgentNames.Roles)
            {
                if (byRole.Value(role) is { } value)
                {
                    ReadRole(value, byRole.At(role), role);
                }
            }

            byRole.Close();
        }

        return read;

        void ReadRole(JsonElement value, string at, string role)
        {
            if (value.ValueKind == JsonValueKind.Array)
            {
                ReadTiers(value, at, role, origin, document.Faults, read, tiers);
            }
            else if (ReadModel(value, at, origin, document.Faults) is { } spec)
            {
                read[role] = spec;
            }
        }
    }

    /// <summary>Each entry is a tier: one model, or <c>{ tier: NAME, models: [...] }</c>, any of which may answer.</summary>
    private static void ReadTiers(
        JsonElement list,
        string at,
        string role,
        SpecOrigin origin,
        SpecFaults faults,
        SortedDictionary<string, ModelSpec> models,
        SortedDictionary<string, IReadOnlyList<ModelTier>> tiers
    )
    {
        if (list.GetArrayLength() is 0 or > MostTiers)
        {
            faults.Add(at, $"must have 1 to {MostTiers} tiers");
            return;
        }

        var read = new List<ModelTier>();
        foreach (var (entry, number) in list.EnumerateArray().Select((e, i) => (e, i + 1)))
        {
            var path = FormattableString.Invariant($"{at}[{number - 1}]");
            var specs = ReadTier(entry, path, origin, faults, out var name);
            name ??= specs is [{ Name: { } only }] ? only : FormattableString.Invariant($"tier-{number}");
            if (read.Exists(t => t.Name == name))
            {
                faults.Add(path, $"a tier of the name '{name}' is there already");
            }

            read.Add(new ModelTier(name, [.. specs.Select((_, i) => ModelKeys.Of(role, read.Count, i))]));
            foreach (var (spec, i) in specs.Select((s, i) => (s, i)))
            {
                models[ModelKeys.Of(role, read.Count - 1, i)] = spec;
            }
        }

        tiers[role] = read;
    }

    private static List<ModelSpec> ReadTier(JsonElement entry, string path, SpecOrigin origin, SpecFaults faults, out string? name)
    {
        name = null;
        if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty("tier", out _))
        {
            return ReadModel(entry, path, origin, faults) is { } one ? [one] : [];
        }

        var specs = new List<ModelSpec>();
        if (SpecObject.Open(entry, path, faults) is { } tier)
        {
            name = tier.Text("tier", 64, CheckTier);
            tier.Require("models", "the models of the tier, in the order in which they are asked");
            foreach (var (at, value) in tier.Array("models", MostOfATier))
            {
                specs.AddRange(ReadModel(value, at, origin, faults) is { } one ? [one] : []);
            }

            tier.Close();
        }

        return specs;
    }

    private static string? CheckTier(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') ? null : "must be of A-Z a-z 0-9 - _ . /";

    private static ModelSpec? ReadModel(JsonElement value, string at, SpecOrigin origin, SpecFaults faults) =>
        value.ValueKind switch
        {
            JsonValueKind.String => ReadModelText(value, at, origin, faults),
            JsonValueKind.Object => ReadModelObject(SpecObject.Open(value, at, faults)!, origin),
            _ => Fault(faults, at, $"must be {ModelForms}"),
        };

    private static ModelSpec? ReadModelText(JsonElement value, string at, SpecOrigin origin, SpecFaults faults)
    {
        const string Scheme = "script:";
        if (SpecObject.Text(value, at, 4 * KiB, faults, null) is not { } text)
        {
            return null;
        }

        if (text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            var path = text[Scheme.Length..].Trim();
            return path.Length == 0 ? Fault(faults, at, "names no script: write script:PATH")
                : LocalPath(path, at, origin, faults) is { } file ? new ModelSpec { ScriptPath = file }
                : null;
        }

        return text.Contains("://", StringComparison.Ordinal) ? Fault(faults, at, "an endpoint is written { url: ..., model: ... }")
            : text.Length > 128 || !text.All(c => char.IsAsciiLetterOrDigit(c) || "._/:-".Contains(c))
                ? Fault(faults, at, $"must be {ModelForms}")
            : new ModelSpec { Name = text };
    }

    private static ModelSpec? ReadModelObject(SpecObject model, SpecOrigin origin)
    {
        if (model.Has("script"))
        {
            // A price makes a script cost something: budgets in money can be tried without an endpoint.
            var script = model.Value("script");
            var pricing = model.Object("price") is { } price ? ReadPrice(price) : null;
            model.Close();
            return script is not { } inline ? null
                : inline.ValueKind == JsonValueKind.String
                    ? LocalPath(inline.GetString()!, model.At("script"), origin, model.Faults) is { } file
                            ? new ModelSpec { ScriptPath = file, Price = pricing }
                        : null
                : inline.ValueKind != JsonValueKind.Object
                    ? Fault(model.Faults, model.At("script"), "must be a script ({ replies: [...] }) or the path of one")
                : inline.GetRawText() is { Length: <= 4 * 1024 * KiB } text ? new ModelSpec { Script = text, Price = pricing }
                : Fault(model.Faults, model.At("script"), "is longer than 4 MiB");
        }

        if (origin.Directory is null)
        {
            model.Faults.AddLocalPath(
                model.Path,
                "a spec sent over the network names a model of the server or an inline script, never a URL"
            );
            return null;
        }

        return ReadEndpoint(model);
    }

    private static ModelSpec ReadEndpoint(SpecObject model)
    {
        if (!model.Has("replicas"))
        {
            model.Require("url", "the base URL of an OpenAI-compatible endpoint, such as http://localhost:8000/v1");
        }

        var replicas = ReplicaReader.Read(model);
        foreach (var fault in (replicas ?? []).Select(CheckEndpoint).OfType<string>())
        {
            model.Faults.Add(model.At("replicas"), fault);
        }

        model.Require("model", "the id of the model at that endpoint");
        var read = new ModelSpec
        {
            Url = model.Text("url", 2 * KiB, CheckEndpoint)?.TrimEnd('/') ?? replicas?[0],
            Replicas = replicas,
            Model = model.Text("model", 256),
            KeyEnv = model.Text("keyEnv", 128, CheckVariable),
            Window = model.Integer("window", 1024, 100_000_000),
            MaxTokens = model.Integer("maxTokens", 16, 10_000_000),
            Price = model.Object("price") is { } price ? ReadPrice(price) : null,
            Family = model.Text("family", 64),
            Concurrency = model.Integer("concurrency", 1, 10_000),
            Stream = model.Flag("stream"),
            Dialect = ReadDialect(model),
        };
        if (read.MaxTokens >= read.Window)
        {
            model.Faults.Add(model.At("maxTokens"), $"must be less than the window ({read.Window}), which holds prompt and reply together");
        }

        model.Close();
        return read;
    }

    private static ModelDialect? ReadDialect(SpecObject model)
    {
        foreach (var key in ModelDialectReader.Keys)
        {
            model.Value(key);
        }

        return ModelDialectReader.Read(model.Element, (key, message) => model.Faults.Add(model.At(key), message));
    }

    private static ModelPrice ReadPrice(SpecObject price)
    {
        const decimal Most = 1_000_000;
        price.Require("in", "the price of a million prompt tokens");
        price.Require("out", "the price of a million reply tokens");
        var read = new ModelPrice
        {
            In = price.Money("in", Most) ?? 0,
            Out = price.Money("out", Most) ?? 0,
            Cached = price.Money("cached", Most),
        };
        price.Close();
        return read;
    }

    private static string? CheckEndpoint(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            return "must be an http or https URL, such as http://localhost:8000/v1";
        }

        return url.UserInfo.Length > 0 ? "must not hold a key: name the environment variable that holds it in keyEnv"
            : url.Query.Length > 0 || url.Fragment.Length > 0 ? "must not have a query or a fragment"
            : url.AbsolutePath.TrimEnd('/').EndsWith("/chat/completions", StringComparison.OrdinalIgnoreCase)
                ? "must end before /chat/completions"
            : null;
    }

    // The value is not repeated in the message: it may be the key itself.
    private static string? CheckVariable(string name) =>
        (char.IsAsciiLetter(name[0]) || name[0] == '_') && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? null
            : "must be the name of an environment variable, not the key itself";

    private static ModelSpec? Fault(SpecFaults faults, string at, string message)
    {
        faults.Add(at, message);
        return null;
    }
}
