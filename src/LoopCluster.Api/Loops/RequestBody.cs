using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
        if (
            MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type)
            && type.MediaType.Value?.ToLowerInvariant() is { } name
            && allowed.Contains(name)
            && (!type.Charset.HasValue || type.Charset.Value!.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        )
        {
            return name;
        }

        throw new BadInputException(
            "media-type-unsupported",
            "content-type",
            $"the body must be UTF-8 of type {string.Join(" or ", allowed!)}; say so in the header Content-Type"
        );
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

    /// <summary>
    /// A request's record. No body counts as <c>{}</c>; unknown keys are faults, not passed over, and what a value may be stands at the
    /// record.
    /// </summary>
    /// <exception cref="BadInputException"><c>request-invalid</c> with every unknown key, or <c>media-type-unsupported</c>.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        if (context.Request.ContentType is null && (await ReadAsync(context)).IsEmpty)
        {
            return Read(JsonElement.Parse("{}"u8), type);
        }

        RequireType(context, Json);
        return Read(Parse(await ReadAsync(context), MostDepth, "request-invalid"), type);
    }

    private static T Read<T>(JsonElement root, JsonTypeInfo<T> type)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Invalid("", "must be a JSON object");
        }

        var known = type.Properties.Select(p => p.Name).ToList();
        var unknown = root.EnumerateObject()
            .Where(p => !known.Contains(p.Name))
            .Take(MostUnknown)
            .Select(p => new InputFault(p.Name, $"is not known here; known are {string.Join(", ", known)}"))
            .ToList();
        if (unknown.Count > 0)
        {
            throw new BadInputException("request-invalid", unknown);
        }

        foreach (var property in type.Properties)
        {
            Check(root, property);
        }

        try
        {
            return root.Deserialize(type)!;
        }
        catch (JsonException fault)
        {
            throw Invalid((fault.Path ?? "").TrimStart('$', '.'), fault.Message);
        }
    }

    private static void Check(JsonElement root, JsonPropertyInfo property)
    {
        if (!root.TryGetProperty(property.Name, out var value))
        {
            if (property.IsRequired)
            {
                throw Invalid(property.Name, "is missing");
            }
        }
        else if (property.PropertyType == typeof(string))
        {
            CheckText(value, property);
        }
        else if (
            property.PropertyType == typeof(long)
            && !(value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0)
        )
        {
            throw Invalid(property.Name, "must be a whole number from 1 on");
        }
        else if (property.PropertyType == typeof(bool) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            throw Invalid(property.Name, "must be true or false");
        }
    }

    private static void CheckText(JsonElement value, JsonPropertyInfo property)
    {
        if (value.ValueKind == JsonValueKind.Null && !property.IsRequired)
        {
            return;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw Invalid(property.Name, "must be text");
        }

        var text = Decode(value, property.Name);
        if (property.IsRequired && string.IsNullOrWhiteSpace(text))
        {
            throw Invalid(property.Name, "must not be empty");
        }

        if (
            property.AttributeProvider?.GetCustomAttributes(typeof(MaxLengthAttribute), inherit: false)
                is [MaxLengthAttribute { Length: var most }]
            && text.Length > most
        )
        {
            throw Invalid(property.Name, $"is longer than {most} characters");
        }
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

    private static BadInputException Invalid(string path, string message) => new("request-invalid", path, message);

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
