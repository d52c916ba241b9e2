using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Runtime.Models;

/// <summary>Checks and reads the document of a models file.</summary>
internal static class CatalogParser
{
    public const string Code = "models-invalid";

    private const int MaxWindow = 100_000_000;

    public static Dictionary<string, ModelBinding> Parse(JsonElement document)
    {
        var models = new Dictionary<string, ModelBinding>(StringComparer.Ordinal);
        if (document.ValueKind == JsonValueKind.Null)
        {
            return models;
        }

        var reader = new DocumentReader(Code);
        if (reader.IsMapping(document, "", "models") && DocumentReader.Has(document, "models", out var list))
        {
            if (list.ValueKind == JsonValueKind.Object)
            {
                reader.RequireValues(list, "models", "extraBody");
                foreach (var entry in list.EnumerateObject())
                {
                    models.Add(entry.Name, ReadModel(reader, entry.Name, entry.Value));
                }
            }
            else
            {
                reader.Fail("models", "must be a mapping from name to model");
            }
        }

        reader.ThrowIfFaulty();
        return models;
    }

    private static ModelBinding ReadModel(DocumentReader reader, string name, JsonElement element)
    {
        var path = $"models.{name}";
        if (name.Length is 0 or > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/'))
        {
            reader.Fail(path, "a name has 1 to 64 characters of A-Z a-z 0-9 - _ . /");
        }

        if (name == ModelCatalog.ScriptName)
        {
            reader.Fail(path, "the name 'script' is kept for scripted models");
        }

        if (!reader.IsMapping(element, path, ["url", "model", "keyEnv", "window", "maxTokens", "price", "family", "concurrency", "stream", .. ModelDialectReader.Keys]))
        {
            return new ModelBinding { Name = name, Model = "", Window = 1, MaxTokens = 1 };
        }

        if (!DocumentReader.Has(element, "url", out _))
        {
            reader.Fail($"{path}.url", "is missing");
        }

        return BindingRules.Bind(reader, path, name, new ModelSpec
        {
            Url = reader.Text(element, path, "url"),
            Model = reader.Text(element, path, "model"),
            KeyEnv = reader.Text(element, path, "keyEnv"),
            Window = reader.Number(element, path, "window", 1_024, MaxWindow),
            MaxTokens = reader.Number(element, path, "maxTokens", 1, MaxWindow),
            Price = ReadPrice(reader, element, path),
            Family = reader.Text(element, path, "family"),
            Concurrency = reader.Number(element, path, "concurrency", 1, 100_000),
            Stream = reader.Flag(element, path, "stream"),
            Dialect = ModelDialectReader.Read(element, (key, message) => reader.Fail($"{path}.{key}", message)),
        });
    }

    private static ModelPrice? ReadPrice(DocumentReader reader, JsonElement model, string path)
    {
        if (!DocumentReader.Has(model, "price", out var price) || !reader.IsMapping(price, $"{path}.price", "in", "out", "cached"))
        {
            return null;
        }

        return new ModelPrice
        {
            In = reader.Amount(price, $"{path}.price", "in") ?? 0,
            Out = reader.Amount(price, $"{path}.price", "out") ?? 0,
            Cached = reader.Amount(price, $"{path}.price", "cached"),
        };
    }
}
