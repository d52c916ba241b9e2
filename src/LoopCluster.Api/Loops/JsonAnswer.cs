using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>JSON answers. What a tenant's loop says is nobody else's: nothing between here and the client may keep it.</summary>
internal static class JsonAnswer
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK, string type = RequestBody.Json)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = type;
        response.ContentLength = json.Length;
        response.Headers.CacheControl = "no-store";
        await response.Body.WriteAsync(json, context.RequestAborted);
    }

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Writing))
        {
            write(writer);
        }

        return WriteAsync(context, stream.ToArray(), status);
    }
}
