using System.Buffers;
using System.Text.Json;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Models.OpenAI.Server;

/// <summary>A reply as server-sent events: text and arguments in small pieces, each flushed, as a model would.</summary>
internal static class ReplyStream
{
    private const int PieceLength = 32;

    public static async Task WriteAsync(HttpContext context, string id, long created, ModelAnswer answer, bool includeUsage)
    {
        var response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        var buffer = new ArrayBufferWriter<byte>(512);

        await DeltaAsync(writer => writer.WriteString("role"u8, "assistant"u8), null).ConfigureAwait(false);
        foreach (var piece in Pieces(answer.Text))
        {
            await DeltaAsync(writer => writer.WriteString("content"u8, piece), null).ConfigureAwait(false);
        }

        for (var i = 0; i < answer.Tools.Count; i++)
        {
            var (index, call) = (i, answer.Tools[i]);
            await CallAsync(index, call.Id, call.Name, "").ConfigureAwait(false);
            foreach (var piece in Pieces(call.Arguments))
            {
                await CallAsync(index, null, null, piece).ConfigureAwait(false);
            }
        }

        await DeltaAsync(null, ReplyWriter.FinishOf(answer)).ConfigureAwait(false);
        if (includeUsage)
        {
            await SendAsync(writer => ReplyWriter.WriteUsageChunk(writer, id, created, answer.Usage!)).ConfigureAwait(false);
        }

        await response.BodyWriter.WriteAsync("data: [DONE]\n\n"u8.ToArray(), context.RequestAborted).ConfigureAwait(false);

        Task CallAsync(int index, string? call, string? name, string arguments) =>
            DeltaAsync(
                writer =>
                {
                    writer.WriteStartArray("tool_calls"u8);
                    ReplyWriter.WriteCall(writer, index, call, name, arguments);
                    writer.WriteEndArray();
                },
                null
            );

        Task DeltaAsync(Action<Utf8JsonWriter>? delta, string? finish) =>
            SendAsync(writer => ReplyWriter.WriteChunk(writer, id, created, delta, finish));

        async Task SendAsync(Action<Utf8JsonWriter> write)
        {
            buffer.ResetWrittenCount();
            buffer.Write("data: "u8);
            using (var writer = new Utf8JsonWriter(buffer, ReplyWriter.Options))
            {
                write(writer);
            }

            buffer.Write("\n\n"u8);
            await response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Never cuts a surrogate pair: its halves have no UTF-8.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        for (var start = 0; start < text.Length; )
        {
            var end = Math.Min(start + PieceLength, text.Length);
            if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
            {
                end++;
            }

            yield return text[start..end];
            start = end;
        }
    }
}
