using System.Text.Json;
using LoopCluster.Engine.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace LoopCluster.Api.Loops;

/// <summary>Reads request bodies: bounded, of a type that was asked for, strict.</summary>
internal static class RequestBody
{
    public const string Json = "application/json";

    private const int MostDepth = 16;

    /// <summary>Unknown keys that are told.</summary>
    private const int MostUnknown = 100;

    /// <summary>The media type, lower case, which is one of <paramref name="allowed"/>.</summary>
    /// <exception cref="BadInputException"><c>media-type-unsupported</c>.</exception>
    public static string RequireType(HttpContext context, params ReadOnlySpan<string> allowed)
    {
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && type.MediaType.Value?.ToLowerInvariant() is { } name && allowed.Contains(name)
            && (!type.Charset.HasValue || type.Charset.Value!.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return name;
        }

        throw new BadInputException("media-type-unsupported", "content-type", $"the body must be UTF-8 of type {string.Join(" or ", allowed!)}; say so in the header Content-Type");
    }

    /// <summary>The whole body. One whose length is announced as too large is refused before anything is read.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        var most = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        if (context.Request.ContentLength > most)
        {
            throw new BadHttpRequestException("too large", StatusCodes.Status413PayloadTooLarge);
        }

        using var memory = new MemoryStream((int)(context.Request.ContentLength ?? 1024));
        await context.Request.Body.CopyToAsync(memory, context.RequestAborted);
        return memory.GetBuffer().AsMemory(0, (int)memory.Length);
    }

    /// <summary>A JSON object with no other keys than <paramref name="known"/>. No body counts as <c>{}</c>.</summary>
    /// <exception cref="BadInputException"><c>request-invalid</c> with every unknown key, or <c>media-type-unsupported</c>.</exception>
    public static async ValueTask<JsonElement> ReadObjectAsync(HttpContext context, params string[] known)
    {
        if (context.Request.ContentType is null)
        {
            return (await ReadAsync(context)).IsEmpty ? JsonElement.Parse("{}"u8) : throw new BadInputException("media-type-unsupported", "content-type", $"say in the header Content-Type that the body is {Json}");
        }

        RequireType(context, Json);
        var root = Parse(await ReadAsync(context), MostDepth, "request-invalid");
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Invalid("", "must be a JSON object");
        }

        var unknown = root.EnumerateObject().Where(p => !known.Contains(p.Name)).Take(MostUnknown).Select(p => new InputFault(p.Name, $"is not known here; known are {string.Join(", ", known)}")).ToList();
        return unknown.Count == 0 ? root : throw new BadInputException("request-invalid", unknown);
    }

    /// <summary>Strict JSON: no repeated keys, no half characters, no more than <paramref name="depth"/> levels.</summary>
    /// <exception cref="BadInputException">With line and column, counted from 1.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8, int depth, string code)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = depth, AllowDuplicateProperties = false });
            return document.RootElement.Clone();
        }
        catch (JsonException fault)
        {
            var where = fault.LineNumber is { } line ? $"line {line + 1}, column {fault.BytePositionInLine + 1}: " : "";
            throw new BadInputException(code, "", $"{where}the body is not the JSON it should be: {fault.Message}");
        }
    }

    public static string? Text(JsonElement root, string key, int most, bool required = false)
    {
        if (!root.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return required ? throw Invalid(key, "is missing") : null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw Invalid(key, "must be text");
        }

        var text = Decode(value, key);
        return required && string.IsNullOrWhiteSpace(text) ? throw Invalid(key, "must not be empty")
            : text.Length > most ? throw Invalid(key, $"is longer than {most} characters")
            : text;
    }

    public static long Number(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0
            ? number
            : throw Invalid(key, "must be a whole number from 1 on");

    public static bool Flag(JsonElement root, string key, bool absent) => !root.TryGetProperty(key, out var value) ? absent : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Invalid(key, "must be true or false"),
    };

    public static BadInputException Invalid(string path, string message) => new("request-invalid", path, message);

    private static string Decode(JsonElement text, string key)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(key, "is not valid Unicode");
        }
    }
}
