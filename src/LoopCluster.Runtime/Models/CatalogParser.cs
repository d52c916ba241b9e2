using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>Checks and reads the document of a models file.</summary>
internal static class CatalogParser
{
    public const string Code = "models-invalid";

    private const int MaxWindow = 100_000_000;
    private const decimal MostPrice = 1_000_000;

    private const int MostNames = 32;

    public static CatalogFile Parse(JsonElement document)
    {
        if (document.ValueKind == JsonValueKind.Null)
        {
            return CatalogFile.Empty;
        }

        var models = new Dictionary<string, ModelBinding>(StringComparer.Ordinal);
        var tiers = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var agents = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

        var faults = new SpecFaults();
        // 'models:' alone has none.
        if (SpecObject.Open(document, "", faults, isNullAbsent: true) is { } file)
        {
            var list = file.Object("models");
            foreach (var name in list?.Keys ?? [])
            {
                // As a person wrote it: names may hold dots and slashes, and a line is found by it.
                if (list!.Value(name) is { } value && SpecObject.Open(value, $"models.{name}", faults) is { } model)
                {
                    models.Add(name, ReadModel(model, name));
                }
            }

            ReadTiers(file, models, tiers);
            ReadAgents(file, models, tiers, agents);
            file.Close();
        }

        faults.ThrowIfAny(Code);
        return new CatalogFile(models, tiers, agents);
    }

    private static void ReadTiers(SpecObject file, Dictionary<string, ModelBinding> models, Dictionary<string, IReadOnlyList<string>> tiers)
    {
        var list = file.Object("tiers");
        foreach (var name in list?.Keys ?? [])
        {
            var path = $"tiers.{name}";
            CheckName(name, path, file.Faults);
            if (models.ContainsKey(name))
            {
                file.Faults.Add(path, "a model has this name: a spec could not say which of the two it means");
            }

            tiers[name] = ReadNames(list!, name, path);
            foreach (var unknown in tiers[name].Where(model => !models.ContainsKey(model)))
            {
                file.Faults.Add(path, $"no model of this file is named '{unknown}'");
            }
        }
    }

    private static void ReadAgents(
        SpecObject file,
        Dictionary<string, ModelBinding> models,
        Dictionary<string, IReadOnlyList<string>> tiers,
        Dictionary<string, IReadOnlyList<string>> agents
    )
    {
        if (file.Object("agents") is not { } list)
        {
            return;
        }

        foreach (var role in AgentNames.Roles.Where(r => list.Value(r) is not null))
        {
            agents[role] = ReadNames(list, role, list.At(role));
            var named = agents[role].Where(n => !models.ContainsKey(n) && !tiers.ContainsKey(n));
            foreach (var unknown in named)
            {
                file.Faults.Add(list.At(role), $"no tier or model of this file is named '{unknown}'");
            }

            var twice = agents[role]
                .SelectMany(n => tiers.GetValueOrDefault(n) ?? [n])
                .GroupBy(n => n, StringComparer.Ordinal)
                .FirstOrDefault(g => g.Count() > 1);
            if (twice is not null)
            {
                file.Faults.Add(list.At(role), $"model '{twice.Key}' is in two of its tiers");
            }
        }

        list.Close();
    }

    /// <summary>One name, or a list of some.</summary>
    private static IReadOnlyList<string> ReadNames(SpecObject from, string key, string path)
    {
        if (from.Value(key) is { ValueKind: JsonValueKind.String } one && SpecObject.Decode(one) is { } single)
        {
            return [single];
        }

        var names = from.Array(key, MostNames)
            .Select(e => e.Value.ValueKind == JsonValueKind.String ? SpecObject.Decode(e.Value) : null)
            .ToList();
        if (names.Count == 0 || names.Contains(null) || names.Distinct(StringComparer.Ordinal).Count() < names.Count)
        {
            from.Faults.Add(path, $"must be a name or a list of 1 to {MostNames} names, each once");
        }

        return [.. names.OfType<string>()];
    }

    private static void CheckName(string name, string path, SpecFaults faults)
    {
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/'))
        {
            faults.Add(path, "a name has 1 to 64 characters of A-Z a-z 0-9 - _ . /");
        }

        if (name is ModelCatalog.ScriptName or ModelCatalog.AutoName)
        {
            faults.Add(
                path,
                name == ModelCatalog.ScriptName
                    ? "the name 'script' is kept for scripted models"
                    : "the name 'auto' is kept for what this file's agents say"
            );
        }
    }

    private static ModelBinding ReadModel(SpecObject model, string name)
    {
        var (path, faults) = (model.Path, model.Faults);
        CheckName(name, path, faults);
        if (!model.Has("replicas"))
        {
            model.Require("url", "the base URL of the endpoint, for example http://localhost:8000/v1");
        }

        var replicas = ReplicaReader.Read(model);
        var spec = new ModelSpec
        {
            Url = model.AnyText("url") ?? replicas?[0],
            Replicas = replicas,
            Model = model.AnyText("model"),
            KeyEnv = model.AnyText("keyEnv"),
            Window = model.Integer("window", 1_024, MaxWindow),
            MaxTokens = model.Integer("maxTokens", 1, MaxWindow),
            Price = model.Object("price") is { } price ? ReadPrice(price) : null,
            Family = model.AnyText("family"),
            Concurrency = model.Integer("concurrency", 1, 100_000),
            Stream = model.Flag("stream"),
            Dialect = ModelDialectReader.Read(model.Element, (key, message) => faults.Add(model.At(key), message)),
        };
        foreach (var key in ModelDialectReader.Keys)
        {
            _ = model.Value(key);
        }

        model.Close();
        return BindingRules.Bind(faults, path, name, spec);
    }

    private static ModelPrice ReadPrice(SpecObject price)
    {
        var read = new ModelPrice
        {
            In = price.Money("in", MostPrice) ?? 0,
            Out = price.Money("out", MostPrice) ?? 0,
            Cached = price.Money("cached", MostPrice),
        };
        price.Close();
        return read;
    }
}
