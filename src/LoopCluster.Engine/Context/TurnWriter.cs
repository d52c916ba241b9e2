using System.Text;
using System.Text.Json;

namespace LoopCluster.Engine.Context;

/// <summary>
/// Writes the turns as strict servers want them (Mistral, templates of vLLM): user and assistant alternate, results follow their calls at once, and
/// after a result only the assistant speaks. What people and the harness say is therefore joined to the message it follows.
/// </summary>
internal static class TurnWriter
{
    /// <param name="first">The first user message.</param>
    /// <param name="extras">Whether what replies carried beyond the reference goes back with them.</param>
    /// <returns>Messages written.</returns>
    public static int Write(Utf8JsonWriter writer, string first, IReadOnlyList<ConversationItem> items, TextLimits texts, bool extras)
    {
        var at = 0;
        ContextBuilder.WriteMessage(writer, "user"u8, Joined(first, items, ref at, texts));
        var messages = 1;
        while (at < items.Count)
        {
            var item = items[at++];
            messages++;
            switch (item)
            {
                case ReplyItem reply:
                    ContextBuilder.WriteReply(writer, reply, texts.Within(item.Limit), extras);
                    if (reply.Tools.Count > 0)
                    {
                        break;
                    }

                    var said = Joined(reply.Cut ? ReplyFaults.Sentence(ReplyFault.Cut) : "", items, ref at, texts);
                    if (said.Length > 0)
                    {
                        ContextBuilder.WriteMessage(writer, "user"u8, said);
                        messages++;
                    }

                    break;
                case ResultItem result:
                    writer.WriteStartObject();
                    writer.WriteString("role"u8, "tool"u8);
                    writer.WriteString("tool_call_id"u8, result.Call);
                    writer.WriteString("content"u8, Joined(texts.Within(item.Limit).Show(result.Output), items, ref at, texts));
                    writer.WriteEndObject();
                    break;
            }
        }

        return messages;
    }

    /// <summary>A text with everything after it that no message of its own may say.</summary>
    private static string Joined(string text, IReadOnlyList<ConversationItem> items, ref int at, TextLimits texts)
    {
        StringBuilder? all = null;
        for (; at < items.Count && items[at] is MessageItem or FaultItem; at++)
        {
            all ??= new StringBuilder(text);
            all.Append(all.Length == 0 ? "" : "\n\n").Append(items[at] is MessageItem message
                ? $"[message from {message.By}] {texts.Within(message.Limit).Clip(message.Text)}"
                : ReplyFaults.Sentence(((FaultItem)items[at]).Fault));
        }

        return all?.ToString() ?? text;
    }
}
