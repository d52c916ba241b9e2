using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Context;

/// <summary>A chat completion request, as it goes over the wire.</summary>
internal readonly record struct ChatRequest(ReadOnlyMemory<byte> Body, int Messages);

/// <summary>
/// Builds the request of a turn from the state alone, byte for byte the same at every replay. Versions 1 and 2. What never changes within an attempt
/// stands first, so that an endpoint's prefix cache holds: goal and rules, the frontier of the attempt, then its turns.
/// </summary>
internal static class ContextBuilder
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>Texts are not cut further than this to make a request fit.</summary>
    private const int LeastText = 64;

    /// <summary>The request of the next turn. Where one turn alone is too long for <paramref name="room"/> bytes, every text is cut down until it fits.</summary>
    public static ChatRequest Build(LoopState state, string role, int maxTokens, long room)
    {
        var request = Build(state, role, maxTokens, new TextLimits(int.MaxValue));
        for (var most = WindowRoom.ForOneText(state.Model(role).Window, state.Conversation.TokensPerByte) / 2; request.Body.Length > room && most >= LeastText; most /= 2)
        {
            request = Build(state, role, maxTokens, new TextLimits(most));
        }

        return request;
    }

    private static ChatRequest Build(LoopState state, string role, int maxTokens, TextLimits texts)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(16 * 1024);
        buffer.ResetWrittenCount();
        var writer = t_writer ??= new Utf8JsonWriter(buffer, WriterOptions);
        writer.Reset(buffer);
        var model = state.Model(role);

        writer.WriteStartObject();
        writer.WriteString("model"u8, model.Model);
        writer.WriteNumber("max_tokens"u8, maxTokens);
        if (model.Stream)
        {
            writer.WriteBoolean("stream"u8, true);
            writer.WriteStartObject("stream_options"u8);
            writer.WriteBoolean("include_usage"u8, true);
            writer.WriteEndObject();
        }

        writer.WriteStartArray("messages"u8);
        var messages = role == ModelRoles.Plan ? WritePlanning(writer, state, texts) : WriteMaking(writer, state, texts);
        writer.WriteEndArray();
        if (role != ModelRoles.Plan)
        {
            WriteTools(writer, state.Created.Tools);
        }

        writer.WriteEndObject();
        writer.Flush();
        return new ChatRequest(buffer.WrittenSpan.ToArray(), messages);
    }

    private static int WritePlanning(Utf8JsonWriter writer, LoopState state, TextLimits texts)
    {
        var frontier = Frontier.Of(state, 1, ModelRoles.Plan);
        texts = texts.Within(frontier.Limit);
        WriteMessage(writer, "system"u8, SystemText.Planning(state, texts));
        WriteMessage(writer, "user"u8, FrontierText.Write(state, frontier, texts));
        return 2;
    }

    private static int WriteMaking(Utf8JsonWriter writer, LoopState state, TextLimits texts)
    {
        var conversation = state.Conversation;
        var first = texts.Within(conversation.Frontier.Limit);
        WriteMessage(writer, "system"u8, SystemText.Making(state, first));
        if (state.Versions.Context >= 2)
        {
            return 1 + TurnWriter.Write(writer, FrontierText.Write(state, conversation.Frontier, first), conversation.Items, texts);
        }

        WriteMessage(writer, "user"u8, FrontierText.Write(state, conversation.Frontier, first));
        var messages = 2;
        foreach (var item in conversation.Items)
        {
            messages += Write(writer, item, texts.Within(item.Limit));
        }

        return messages;
    }

    private static int Write(Utf8JsonWriter writer, ConversationItem item, TextLimits texts)
    {
        switch (item)
        {
            case ReplyItem reply:
                WriteReply(writer, reply, texts);
                if (reply.Cut && reply.Tools.Count == 0)
                {
                    WriteMessage(writer, "user"u8, "Your last reply was cut off at its length limit. Go on from there, in smaller steps.");
                    return 2;
                }

                return 1;
            case ResultItem result:
                writer.WriteStartObject();
                writer.WriteString("role"u8, "tool"u8);
                writer.WriteString("tool_call_id"u8, result.Call);
                writer.WriteString("content"u8, texts.Show(result.Output));
                writer.WriteEndObject();
                return 1;
            default:
                var message = (MessageItem)item;
                WriteMessage(writer, "user"u8, $"[message from {message.By}] {texts.Clip(message.Text)}");
                return 1;
        }
    }

    internal static void WriteReply(Utf8JsonWriter writer, ReplyItem reply, TextLimits texts)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("content"u8, texts.Clip(reply.Text));
        using var extra = ExtraWriter.Open(reply, texts);
        extra.WriteMembers(writer);
        if (reply.Tools.Count > 0)
        {
            writer.WriteStartArray("tool_calls"u8);
            for (var i = 0; i < reply.Tools.Count; i++)
            {
                var tool = reply.Tools[i];
                writer.WriteStartObject();
                writer.WriteString("id"u8, tool.Id);
                writer.WriteString("type"u8, "function"u8);
                writer.WriteStartObject("function"u8);
                writer.WriteString("name"u8, tool.Name);
                writer.WriteString("arguments"u8, texts.ClipArguments(tool.Arguments));
                extra.WriteFunction(writer, i);
                writer.WriteEndObject();
                extra.WriteCall(writer, i);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter writer, IReadOnlyList<ToolDefinition> tools)
    {
        if (tools.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("tools"u8);
        foreach (var tool in tools)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "function"u8);
            writer.WriteStartObject("function"u8);
            writer.WriteString("name"u8, tool.Name);
            writer.WriteString("description"u8, tool.Description);
            writer.WritePropertyName("parameters"u8);
            tool.Parameters.WriteTo(writer);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    internal static void WriteMessage(Utf8JsonWriter writer, ReadOnlySpan<byte> role, string content)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, role);
        writer.WriteString("content"u8, content);
        writer.WriteEndObject();
    }
}
