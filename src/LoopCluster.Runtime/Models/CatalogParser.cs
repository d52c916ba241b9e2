using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>Checks and reads the document of a models file.</summary>
internal static class CatalogParser
{
    public const string Code = "models-invalid";

    private const int MaxWindow = 100_000_000;
    private const decimal MostPrice = 1_000_000;

    public static Dictionary<string, ModelBinding> Parse(JsonElement document)
    {
        var models = new Dictionary<string, ModelBinding>(StringComparer.Ordinal);
        if (document.ValueKind == JsonValueKind.Null)
        {
            return models;
        }

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

            file.Close();
        }

        faults.ThrowIfAny(Code);
        return models;
    }

    private static ModelBinding ReadModel(SpecObject model, string name)
    {
        var (path, faults) = (model.Path, model.Faults);
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/'))
        {
            faults.Add(path, "a name has 1 to 64 characters of A-Z a-z 0-9 - _ . /");
        }

        if (name == ModelCatalog.ScriptName)
        {
            faults.Add(path, "the name 'script' is kept for scripted models");
        }

        model.Require("url", "the base URL of the endpoint, for example http://localhost:8000/v1");
        var spec = new ModelSpec
        {
            Url = model.AnyText("url"),
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
