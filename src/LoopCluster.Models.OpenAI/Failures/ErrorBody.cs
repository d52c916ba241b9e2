using System.Text;
using System.Text.Json;

namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>What an endpoint says about an error, in whichever of the usual shapes.</summary>
/// <param name="Message">Its message, or the start of the body.</param>
/// <param name="Code">Its <c>code</c> and <c>type</c>, as text.</param>
internal readonly record struct ErrorBody(string Message, string Code)
{
    /// <summary>Bytes of an error's body that are read.</summary>
    public const int Limit = 64 * 1024;

    public static ErrorBody Read(ReadOnlySpan<byte> body)
    {
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

    private static ErrorBody Plain(ReadOnlySpan<byte> body) => new(Encoding.UTF8.GetString(body), "");

    /// <summary><c>{error: {message, code, type}}</c>, <c>{error: text}</c>, <c>{message, code}</c> (older vLLM) and <c>{detail}</c> (FastAPI).</summary>
    private static ErrorBody? FromJson(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var error = root.TryGetProperty("error", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
        var message = Text(error, "message") ?? Text(root, "error") ?? Text(root, "detail") ?? Text(error, "detail");
        return message is null ? null : new ErrorBody(message, $"{Text(error, "code")} {Text(error, "type")}");
    }

    private static string? Text(JsonElement element, string key) =>
        !element.TryGetProperty(key, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null
        : value.GetRawText();
}
