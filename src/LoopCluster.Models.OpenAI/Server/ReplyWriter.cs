using System.Text.Encodings.Web;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Models.OpenAI.Server;

/// <summary>Chat completion objects, as OpenAI's API reference has them.</summary>
internal static class ReplyWriter
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteWhole(Utf8JsonWriter writer, string id, long created, ModelAnswer answer)
    {
        Begin(writer, "chat.completion"u8, id, created);
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        writer.WriteStartObject("message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        if (answer.Text.Length == 0 && answer.Tools.Count > 0)
        {
            writer.WriteNull("content"u8);
        }
        else
        {
            writer.WriteString("content"u8, answer.Text);
        }

        if (answer.Tools.Count > 0)
        {
            writer.WriteStartArray("tool_calls"u8);
            foreach (var call in answer.Tools)
            {
                WriteCall(writer, null, call.Id, call.Name, call.Arguments);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
        writer.WriteString("finish_reason"u8, FinishOf(answer));
        writer.WriteEndObject();
        writer.WriteEndArray();
        WriteUsage(writer, answer.Usage!);
        writer.WriteEndObject();
    }

    /// <summary>A chunk with one choice: <paramref name="delta"/> writes the members of its delta.</summary>
    public static void WriteChunk(Utf8JsonWriter writer, string id, long created, Action<Utf8JsonWriter>? delta, string? finish)
    {
        Begin(writer, "chat.completion.chunk"u8, id, created);
        writer.WriteStartArray("choices"u8);
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, 0);
        writer.WriteStartObject("delta"u8);
        delta?.Invoke(writer);
        writer.WriteEndObject();
        writer.WriteString("finish_reason"u8, finish);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>The last chunk of a stream whose usage was asked for; it has no choice.</summary>
    public static void WriteUsageChunk(Utf8JsonWriter writer, string id, long created, Usage usage)
    {
        Begin(writer, "chat.completion.chunk"u8, id, created);
        writer.WriteStartArray("choices"u8);
        writer.WriteEndArray();
        WriteUsage(writer, usage);
        writer.WriteEndObject();
    }

    /// <param name="index">Only in a delta.</param>
    /// <param name="id">With <paramref name="name"/>, null in every piece of a call but its first.</param>
    public static void WriteCall(Utf8JsonWriter writer, int? index, string? id, string? name, string arguments)
    {
        writer.WriteStartObject();
        if (index is { } at)
        {
            writer.WriteNumber("index"u8, at);
        }

        if (id is not null)
        {
            writer.WriteString("id"u8, id);
            writer.WriteString("type"u8, "function"u8);
        }

        writer.WriteStartObject("function"u8);
        if (name is not null)
        {
            writer.WriteString("name"u8, name);
        }

        writer.WriteString("arguments"u8, arguments);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    public static string FinishOf(ModelAnswer answer) =>
        answer.Finish switch
        {
            ReplyFinish.Length => "length",
            ReplyFinish.ContentFilter => "content_filter",
            ReplyFinish.ToolCalls => "tool_calls",
            _ => "stop",
        };

    private static void Begin(Utf8JsonWriter writer, ReadOnlySpan<byte> kind, string id, long created)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, id);
        writer.WriteString("object"u8, kind);
        writer.WriteNumber("created"u8, created);
        writer.WriteString("model"u8, ModelCatalog.ScriptName);
    }

    private static void WriteUsage(Utf8JsonWriter writer, Usage usage)
    {
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, usage.In);
        writer.WriteNumber("completion_tokens"u8, usage.Out);
        writer.WriteNumber("total_tokens"u8, usage.In + usage.Out);
        writer.WriteEndObject();
    }
}
