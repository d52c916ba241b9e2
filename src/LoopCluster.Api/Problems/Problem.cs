using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace LoopCluster.Api.Problems;

/// <summary>A problem as RFC 9457 writes it, with a stable <c>code</c> and, for bad input, every fault with its path.</summary>
internal sealed record Problem(int Status, string Code, string Detail)
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public IReadOnlyList<InputFault> Faults { get; init; } = [];

    /// <summary>Seconds after which it may be worth trying again.</summary>
    public int? RetryAfter { get; init; }

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "application/problem+json";
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        var body = Serialize(context.TraceIdentifier);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private ReadOnlyMemory<byte> Serialize(string traceId)
    {
        using var stream = new MemoryStream(512);
        using (var writer = new Utf8JsonWriter(stream, Writing))
        {
            writer.WriteStartObject();
            writer.WriteString("type", $"urn:loopcluster:problem:{Code}");
            writer.WriteString("title", ReasonPhrases.GetReasonPhrase(Status));
            writer.WriteNumber("status", Status);
            writer.WriteString("detail", Detail);
            writer.WriteString("code", Code);
            if (Faults is [{ Path.Length: > 0 } first, ..])
            {
                writer.WriteString("path", first.Path);
            }

            if (Faults.Count > 0)
            {
                WriteFaults(writer);
            }

            writer.WriteString("traceId", traceId);
            writer.WriteEndObject();
        }

        return stream.GetBuffer().AsMemory(0, (int)stream.Length);
    }

    private void WriteFaults(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("faults");
        foreach (var fault in Faults)
        {
            writer.WriteStartObject();
            writer.WriteString("path", fault.Path);
            writer.WriteString("message", fault.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
