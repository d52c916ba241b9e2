using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Context;

/// <summary>A chat completion request, as it goes over the wire.</summary>
internal readonly record struct ChatRequest(ReadOnlyMemory<byte> Body, int Messages);

/// <summary>
/// Builds the request of a turn from the state alone, byte for byte the same at every replay. What never changes within an attempt
/// stands first, so that an endpoint's prefix cache holds: goal and rules, the frontier of the attempt, then its turns.
/// </summary>
internal static class ContextBuilder
{
    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>Texts are not cut further than this to make a request fit.</summary>
    public const int LeastText = 64;

    /// <summary>
    /// The request of the next turn. Where one turn alone is too long for <paramref name="room"/> bytes, every text is cut down until it
    /// fits.
    /// </summary>
    public static ChatRequest Build(LoopState state, Agent agent, ModelBinding model, int maxTokens, long room)
    {
        var request = Build(state, agent, model, maxTokens, new TextLimits(int.MaxValue));
        for (
            var most = WindowRoom.ForOneText(model.Window, agent.Conversation.TokensPerByte) / 2;
            request.Body.Length > room && most >= LeastText;
            most /= 2
        )
        {
            request = Build(state, agent, model, maxTokens, new TextLimits(most));
        }

        return request;
    }

    /// <summary>Tokens of the frontier at most.</summary>
    public static long FrontierBound(LoopState state, Agent agent)
    {
        var conversation = agent.Conversation;
        var text = FrontierText.Write(RequestHead.Of(state, agent, agent.Narrowest), new TextLimits(conversation.Frontier.Limit));
        return Reservations.TokensPerMessage + conversation.Count.Density.Bound(TextKinds.Of(text));
    }

    /// <summary>The request with no text longer than <paramref name="texts"/> allows.</summary>
    public static ChatRequest Build(LoopState state, Agent agent, ModelBinding model, int maxTokens, TextLimits texts)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(16 * 1024);
        var writer = t_writer ??= new Utf8JsonWriter(buffer, WriterOptions);
        var head = RequestHead.Of(state, agent, model, maxTokens);
        var conversation = agent.Conversation;
        // What people said before the first reply stands in the first message.
        var keeps = texts.IsUnlimited && conversation.Items is not [MessageItem or FaultItem, ..];
        var at = 0;
        if (!keeps || conversation.Frame is not { } frame || !frame.Head.IsSameAs(head))
        {
            frame = WriteFrame(buffer, writer, head, texts, conversation.Items, out at);
            conversation.Frame = keeps ? frame : conversation.Frame;
        }

        Begin(buffer, writer);
        var extras = head.Dialect.Extras ?? true;
        var before =
            keeps && conversation.Turns is { } turns && turns.Extras == extras && turns.Items < conversation.Items.Count
                ? turns
                : new WrittenTurns(at, 0, extras);
        if (!before.Bytes.IsEmpty)
        {
            buffer.Write(","u8);
            writer.Reset(buffer);
        }

        var messages = TurnWriter.Write(buffer, writer, conversation.Items, before.Items, texts, extras, out var settled);
        if (keeps && settled.Items > before.Items)
        {
            conversation.Turns = before.With(buffer.WrittenSpan[..settled.Bytes], settled.Items, before.Messages + settled.Messages);
        }

        return new ChatRequest(frame.With(before.Bytes, buffer.WrittenSpan), frame.Messages + before.Messages + messages);
    }

    private static void Begin(ArrayBufferWriter<byte> buffer, Utf8JsonWriter writer)
    {
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
    }

    /// <param name="items">The turns where the first of them may belong to the first message.</param>
    /// <param name="at">How many of them do.</param>
    private static RequestFrame WriteFrame(
        ArrayBufferWriter<byte> buffer,
        Utf8JsonWriter writer,
        in RequestHead head,
        TextLimits texts,
        IReadOnlyList<ConversationItem> items,
        out int at
    )
    {
        Begin(buffer, writer);
        var dialect = head.Dialect;
        writer.WriteStartObject();
        writer.WriteString("model"u8, head.Model.Model);
        DialectWriter.WriteLimits(writer, dialect, head.MaxTokens);
        if (head.Model.Stream)
        {
            DialectWriter.WriteStream(writer, dialect);
        }

        writer.WriteStartArray("messages"u8);
        var limits = texts.Within(head.Frontier.Limit);
        var (system, user) = head.Case is { } judged
            ? (judged.System, judged.User)
            : (SystemText.Write(head, limits), FrontierText.Write(head, limits));
        var (said, first) = DialectWriter.WriteSystem(writer, dialect, system, user);
        at = 0;
        WriteMessage(writer, "user"u8, TurnWriter.Joined(first, items, ref at, texts));
        writer.Flush();
        var split = buffer.WrittenCount;
        writer.WriteEndArray();
        var tools = head.Profile.ToolsOf(head.Created, head.Imported, head.Frontier.Plan is not null);
        WriteTools(writer, tools);
        if (head.Profile.Acts)
        {
            DialectWriter.WriteToolUse(writer, dialect, tools.Count);
        }

        DialectWriter.WriteExtraBody(writer, dialect);
        writer.WriteEndObject();
        writer.Flush();
        return new RequestFrame(head, buffer.WrittenSpan.ToArray(), split, said + 1);
    }

    internal static void WriteReply(Utf8JsonWriter writer, ReplyItem reply, TextLimits texts, bool extras)
    {
        writer.WriteStartObject();
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteString("content"u8, texts.Clip(reply.Text));
        using var extra = extras ? ExtraWriter.Open(reply, texts) : default;
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
