using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tools;

/// <summary>
/// From the text a model wrote as arguments to JSON that fits the tool's schema, or to an error the model can act on. Small habits of
/// models that can mean only one thing are taken: no text at all for no arguments, the object once more as a JSON string, null for an
/// argument left out. Duplicate keys mean two things, and are refused.
/// </summary>
public static class ToolArguments
{
    /// <summary>Bytes of arguments: 1 MiB.</summary>
    public const int Limit = 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };
    private static readonly JsonElement None = JsonElement.Parse("{}");

    /// <param name="error">What is wrong, naming each argument, with an example of a good call; for the model.</param>
    public static bool TryParse(ToolDefinition tool, string json, out JsonElement arguments, [NotNullWhen(false)] out string? error)
    {
        error = TryRead(json, out arguments) ?? Check(tool, arguments);
        if (
            error is null
            && ToolNames.BuiltIn.Contains(tool.Name)
            && !WorkspacePath.TryCanonicalise(arguments, "path", out arguments, out var fault)
        )
        {
            error = $"argument 'path' {fault}";
        }

        if (error is null)
        {
            return true;
        }

        error = $"{tool.Name}: {error}. Example: {Example(tool.Parameters)}";
        return false;
    }

    /// <summary>Arguments that <see cref="TryParse"/> has taken before, by whatever tool; what cannot be read is none.</summary>
    public static JsonElement Read(string json) => TryRead(json, out var arguments) is null ? arguments : None;

    private static string? TryRead(string json, out JsonElement arguments)
    {
        arguments = None;
        if (json.Length > Limit || Encoding.UTF8.GetByteCount(json) > Limit)
        {
            return $"the arguments are longer than {Limit} bytes: write large files in parts, with shell";
        }

        if (string.IsNullOrWhiteSpace(json))
        {
            return null;
        }

        try
        {
            arguments = JsonElement.Parse(json, Strict);
            if (arguments.ValueKind == JsonValueKind.String)
            {
                arguments = JsonElement.Parse(arguments.GetString()!, Strict);
            }

            // A string with half a surrogate pair throws only where somebody reads it: that is to be here.
            if (json.Contains("\\u", StringComparison.OrdinalIgnoreCase))
            {
                JsonText.ReadAll(arguments);
            }
        }
        catch (JsonException fault)
        {
            return fault.Message.Contains("uplicate", StringComparison.Ordinal)
                ? "a key is given twice"
                : $"the arguments are not valid JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}); was the reply cut off?";
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException)
        {
            return "the arguments are not valid Unicode";
        }

        if (arguments.ValueKind == JsonValueKind.Null)
        {
            arguments = None;
        }

        return null;
    }

    private static string? Check(ToolDefinition tool, JsonElement arguments)
    {
        if (arguments.ValueKind != JsonValueKind.Object)
        {
            return "the arguments must be one JSON object";
        }

        var faults = SchemaCheck.Run(tool.Parameters, arguments);
        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    /// <summary>A call with just the required arguments.</summary>
    private static string Example(JsonElement schema)
    {
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];
        return $"{{{string.Join(", ", required.Select(name => $"\"{name}\": {ExampleValue(schema, name)}"))}}}";
    }

    private static string ExampleValue(JsonElement schema, string name)
    {
        var type =
            schema.TryGetProperty("properties", out var properties)
            && properties.TryGetProperty(name, out var property)
            && property.TryGetProperty("type", out var given)
            && given.ValueKind == JsonValueKind.String
                ? given.GetString()
                : "string";
        return type switch
        {
            "integer" or "number" => "1",
            "boolean" => "true",
            "array" => "[]",
            "object" => "{}",
            _ => "\"...\"",
        };
    }
}
