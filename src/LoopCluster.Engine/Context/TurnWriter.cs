using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LoopCluster.Engine.Context;

/// <summary>
/// Writes the turns as strict servers want them (Mistral, templates of vLLM): user and assistant alternate, results follow their calls at
/// once, and after a result only the assistant speaks. What people and the harness say is therefore joined to the message it follows.
/// </summary>
internal static class TurnWriter
{
    /// <summary>Writes the items from <paramref name="from"/> on, the messages they make separated by commas.</summary>
    /// <param name="extras">Whether what replies carried beyond the reference goes back with them.</param>
    /// <param name="settled">What cannot change any more, whatever joins: to the last message what people say next may be joined.</param>
    /// <returns>Messages written.</returns>
    public static int Write(
        ArrayBufferWriter<byte> buffer,
        Utf8JsonWriter writer,
        IReadOnlyList<ConversationItem> items,
        int from,
        TextLimits texts,
        bool extras,
        out SettledTurns settled
    )
    {
        var (at, messages) = (from, 0);
        settled = default;
        while (at < items.Count)
        {
            writer.Flush();
            settled = new SettledTurns(at, messages, buffer.WrittenCount);
            messages += WriteOne(writer, items, ref at, texts, extras);
        }

        writer.Flush();
        return messages;
    }

    private static int WriteOne(Utf8JsonWriter writer, IReadOnlyList<ConversationItem> items, ref int at, TextLimits texts, bool extras)
    {
        var item = items[at++];
        switch (item)
        {
            case ReplyItem reply:
                ContextBuilder.WriteReply(writer, reply, texts.Within(item.Limit), extras);
                var said = reply.Tools.Count > 0 ? "" : Joined(reply.Cut ? ReplyFaults.Sentence(ReplyFault.Cut) : "", items, ref at, texts);
                if (said.Length == 0)
                {
                    return 1;
                }

                ContextBuilder.WriteMessage(writer, "user"u8, said);
                return 2;
            case ResultItem result:
                writer.WriteStartObject();
                writer.WriteString("role"u8, "tool"u8);
                writer.WriteString("tool_call_id"u8, result.Call);
                writer.WriteString("content"u8, Joined(texts.Within(item.Limit).Show(result.Output), items, ref at, texts));
                writer.WriteEndObject();
                return 1;
            default:
                return 1;
        }
    }

    /// <summary>A text with everything after it that no message of its own may say.</summary>
    internal static string Joined(string text, IReadOnlyList<ConversationItem> items, ref int at, TextLimits texts)
    {
        StringBuilder? all = null;
        for (; at < items.Count && items[at] is MessageItem or FaultItem; at++)
        {
            all ??= new StringBuilder(text);
            all.Append(all.Length == 0 ? "" : "\n\n")
                .Append(
                    items[at] is MessageItem message
                        ? $"[message from {message.By}] {texts.Within(message.Limit).Clip(message.Text)}"
                        : ReplyFaults.Sentence(((FaultItem)items[at]).Fault)
                );
        }

        return all?.ToString() ?? text;
    }
}

/// <summary>Items up to <paramref name="Items"/>, the messages they made, and the bytes of those.</summary>
internal readonly record struct SettledTurns(int Items, int Messages, int Bytes);
