using System.Text.Json;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tools;

/// <summary>
/// Checks a value against the part of JSON schema that tools use: <c>type, required, properties, additionalProperties: false, enum,
/// minimum, maximum, minLength, maxLength, items, maxItems</c>. Other keywords say nothing here.
/// </summary>
internal static class SchemaCheck
{
    private const int MostFaults = 10;

    /// <summary>Faults worded for a model, at most ten.</summary>
    public static List<string> Run(JsonElement schema, JsonElement value)
    {
        var faults = new List<string>();
        CheckValue(schema, value, "", faults);
        return faults;
    }

    private static void CheckValue(JsonElement schema, JsonElement value, string path, List<string> faults)
    {
        if (faults.Count >= MostFaults || schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (schema.TryGetProperty("type", out var type) && !FitsType(type, value))
        {
            faults.Add($"{Name(path)} must be {Expected(type)}, not {Kind(value)}");
            return;
        }

        if (
            schema.TryGetProperty("enum", out var choices) && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value))
        )
        {
            faults.Add($"{Name(path)} must be one of {choices.GetRawText()}");
            return;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                CheckObject(schema, value, path, faults);
                break;
            case JsonValueKind.Array:
                CheckArray(schema, value, path, faults);
                break;
            case JsonValueKind.String:
                CheckLength(schema, value.GetString()!.Length, "minLength", "maxLength", "characters", path, faults);
                break;
            case JsonValueKind.Number:
                CheckNumber(schema, value.GetDouble(), path, faults);
                break;
        }
    }

    private static void CheckObject(JsonElement schema, JsonElement value, string path, List<string> faults)
    {
        var known = schema.TryGetProperty("properties", out var properties);
        var closed = schema.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.False;
        foreach (var property in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(property.Name, out var inner))
            {
                // Null for an argument that may be left out is the same as leaving it out.
                if (property.Value.ValueKind != JsonValueKind.Null || IsRequired(schema, property.Name))
                {
                    CheckValue(inner, property.Value, Join(path, property.Name), faults);
                }
            }
            else if (closed && faults.Count < MostFaults)
            {
                faults.Add(DescribeUnknown(property.Name, known ? [.. properties.EnumerateObject().Select(one => one.Name)] : []));
            }
        }

        if (schema.TryGetProperty("required", out var required))
        {
            foreach (
                var name in required.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _))
            )
            {
                var type =
                    known && properties.TryGetProperty(name, out var inner) && inner.TryGetProperty("type", out var given)
                        ? $" ({Expected(given)})"
                        : "";
                faults.Add($"{Name(Join(path, name))} is missing{type}");
            }
        }
    }

    private static string DescribeUnknown(string name, string[] known)
    {
        var shown = name.Length <= 64 && name.All(c => !char.IsControl(c)) ? $"'{name}'" : "of that name";
        return DidYouMean.Find(name, known) is { } near ? $"there is no argument {shown}; did you mean '{near}'?"
            : known.Length == 0 ? "it takes no arguments"
            : $"there is no argument {shown}; it takes {string.Join(", ", known)}";
    }

    private static bool IsRequired(JsonElement schema, string name) =>
        schema.TryGetProperty("required", out var required) && required.EnumerateArray().Any(one => one.ValueEquals(name));

    private static void CheckArray(JsonElement schema, JsonElement value, string path, List<string> faults)
    {
        CheckLength(schema, value.GetArrayLength(), "minItems", "maxItems", "items", path, faults);
        if (schema.TryGetProperty("items", out var items))
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
            {
                CheckValue(items, item, $"{path}[{index++}]", faults);
            }
        }
    }

    private static void CheckLength(
        JsonElement schema,
        int length,
        string minKey,
        string maxKey,
        string unit,
        string path,
        List<string> faults
    )
    {
        if (schema.TryGetProperty(minKey, out var min) && length < min.GetInt64())
        {
            faults.Add(
                min.GetInt64() == 1 ? $"{Name(path)} must not be empty" : $"{Name(path)} must have at least {min.GetRawText()} {unit}"
            );
        }

        if (schema.TryGetProperty(maxKey, out var max) && length > max.GetInt64())
        {
            faults.Add($"{Name(path)} has {length} {unit}, the most is {max.GetRawText()}");
        }
    }

    private static void CheckNumber(JsonElement schema, double number, string path, List<string> faults)
    {
        if (schema.TryGetProperty("minimum", out var min) && number < min.GetDouble())
        {
            faults.Add($"{Name(path)} must be at least {min.GetRawText()}");
        }

        if (schema.TryGetProperty("maximum", out var max) && number > max.GetDouble())
        {
            faults.Add($"{Name(path)} must be at most {max.GetRawText()}");
        }
    }

    private static bool FitsType(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => FitsType(one, value))
            : type.GetString() switch
            {
                "string" => value.ValueKind == JsonValueKind.String,
                "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
                "number" => value.ValueKind == JsonValueKind.Number,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "array" => value.ValueKind == JsonValueKind.Array,
                "object" => value.ValueKind == JsonValueKind.Object,
                "null" => value.ValueKind == JsonValueKind.Null,
                _ => true,
            };

    private static string Expected(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array
            ? string.Join(" or ", type.EnumerateArray().Select(Expected))
            : type.GetString() switch
            {
                "string" => "a string",
                "integer" => "a whole number",
                "number" => "a number",
                "boolean" => "true or false",
                "array" => "an array",
                "object" => "an object",
                var other => other ?? "a value",
            };

    private static string Kind(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "a boolean",
            JsonValueKind.Array => "an array",
            JsonValueKind.Object => "an object",
            _ => "null",
        };

    private static string Name(string path) => path.Length == 0 ? "the arguments" : $"argument '{path}'";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
