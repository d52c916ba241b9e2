using System.Text;
using System.Text.Json;

namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>What an endpoint says about an error, in whichever of the usual shapes.</summary>
/// <param name="Message">Its message, or the start of the body.</param>
/// <param name="Code">Its <c>code</c> and <c>type</c>, as text.</param>
/// <param name="Parameter">The parameter it is about, when it names one.</param>
internal readonly record struct ErrorBody(string Message, string Code, string? Parameter = null)
{
    /// <summary>Bytes of an error's body that are read.</summary>
    public const int Limit = 64 * 1024;

    /// <summary>Everything that may say what kind of error it is.</summary>
    public string Said { get; private init; } = $"{Message}\n{Code}";

    /// <summary>A page of a proxy, not a word of the endpoint.</summary>
    public bool IsPage { get; private init; }

    public bool Says(IEnumerable<string> words)
    {
        var text = Said;
        return words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
    }

    public static ErrorBody Read(ReadOnlySpan<byte> body)
    {
        body = body.StartsWith("\uFEFF"u8) ? body[3..] : body;
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            return FromJson(document.RootElement) ?? Plain(body);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // A proxy's HTML page, a cut body, half a surrogate: shown as it is.
            return Plain(body);
        }
    }

    private static ErrorBody Plain(ReadOnlySpan<byte> body) =>
        new(Encoding.UTF8.GetString(body), "") { IsPage = body.TrimStart(" \t\r\n"u8).StartsWith("<"u8) };

    /// <summary>
    /// <c>{error: {message, code, type, param}}</c>, <c>{error: text}</c>, <c>{message, code}</c> (older vLLM), <c>{detail}</c> (FastAPI),
    /// and a list of one of them (Gemini).
    /// </summary>
    private static ErrorBody? FromJson(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
        {
            root = root[0];
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var error = Error(root)
            ?? (
                root.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0
                    ? Error(choices[0])
                    : null
            )
            ?? root;
        var message = Text(error, "message") ?? Text(error, "msg") ?? Text(root, "error") ?? Text(root, "detail") ?? Text(error, "detail");
        if (message is null)
        {
            return null;
        }

        var code = $"{Text(error, "code")} {Text(error, "type")}";
        // A gateway's own words stand around those of the server behind it (OpenRouter: metadata.raw), and Groq shows what the model wrote.
        var more =
            error.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object ? Text(metadata, "raw") : null;
        var generated = error.TryGetProperty("failed_generation", out _) ? "failed_generation" : "";
        return new ErrorBody(message, code, Text(error, "param")) { Said = $"{message}\n{code}\n{more}\n{generated}" };
    }

    private static JsonElement? Error(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty("error", out var inner)
        && inner.ValueKind == JsonValueKind.Object
            ? inner
            : null;

    private static string? Text(JsonElement element, string key) =>
        !element.TryGetProperty(key, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null
        : value.GetRawText();
}
