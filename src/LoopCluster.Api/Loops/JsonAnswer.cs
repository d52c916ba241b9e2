using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>JSON answers. What a tenant's loop says is nobody else's: nothing between here and the client may keep it.</summary>
internal static class JsonAnswer
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(
        HttpContext context,
        ReadOnlyMemory<byte> json,
        int status = StatusCodes.Status200OK,
        string type = RequestBody.Json
    )
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength = json.Length;
        response.Headers.CacheControl = "no-store";
        await response.Body.WriteAsync(json, context.RequestAborted);
    }

    public static Task WriteAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        WriteAsync(context, Serialize(answer, type), status);

    public static ReadOnlyMemory<byte> Serialize<T>(T answer, JsonTypeInfo<T> type)
    {
        using var stream = new MemoryStream(512);
        using (var writer = new Utf8JsonWriter(stream, Writing))
        {
            JsonSerializer.Serialize(writer, answer, type);
        }

        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }
}
