using System.Text;
using System.Text.Json;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Reads one tool call, whole or a piece of it.</summary>
internal static class CallReader
{
    public static void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply, bool isWhole)
    {
        int? index = null;
        string? id = null,
            name = null,
            arguments = null;
        var extra = new ExtraFields();
        while (JsonCursor.NextMember(ref reader))
        {
            if (JsonCursor.Is(ref reader, "index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : index;
                reader.Skip();
            }
            else if (JsonCursor.Is(ref reader, "id"u8))
            {
                reader.Read();
                id = JsonCursor.ReadText(ref reader);
            }
            else if (JsonCursor.Is(ref reader, "type"u8))
            {
                reader.Skip();
            }
            else if (JsonCursor.Is(ref reader, "function"u8))
            {
                if (JsonCursor.EnterValue(ref reader, JsonTokenType.StartObject))
                {
                    ReadFunction(ref reader, json, ref name, ref arguments, extra);
                }
            }
            else
            {
                var member = JsonText.WithoutLoneSurrogates(JsonText.Read(ref reader));
                reader.Read();
                extra.Add(member, ref reader);
            }
        }

        if (isWhole)
        {
            reply.AddWholeCall(id, name, arguments, extra.IsEmpty ? null : extra);
        }
        else
        {
            reply.AddCallPiece(index, id, name, arguments, extra.IsEmpty ? null : extra);
        }
    }

    /// <summary>The form calls had before <c>tool_calls</c>: one, without an id.</summary>
    public static void ReadOld(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply, bool isWhole)
    {
        if (!JsonCursor.EnterValue(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        string? name = null,
            arguments = null;
        ReadFunction(ref reader, json, ref name, ref arguments, null);
        if (isWhole)
        {
            reply.AddWholeCall(null, name, arguments, null);
        }
        else
        {
            reply.AddCallPiece(null, null, name, arguments, null);
        }
    }

    private static void ReadFunction(
        ref Utf8JsonReader reader,
        ReadOnlySpan<byte> json,
        ref string? name,
        ref string? arguments,
        ExtraFields? extra
    )
    {
        while (JsonCursor.NextMember(ref reader))
        {
            if (JsonCursor.Is(ref reader, "name"u8))
            {
                reader.Read();
                name = JsonCursor.ReadText(ref reader);
            }
            else if (JsonCursor.Is(ref reader, "arguments"u8))
            {
                reader.Read();
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
                {
                    arguments = JsonCursor.ReadText(ref reader);
                    continue;
                }

                // Ollama and others send the object itself: the text of it is what the model wrote.
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                arguments = Encoding.UTF8.GetString(json[start..(int)reader.BytesConsumed]);
            }
            else if (extra is not null && !JsonCursor.Is(ref reader, "description"u8))
            {
                var member = JsonText.WithoutLoneSurrogates(JsonText.Read(ref reader));
                reader.Read();
                extra.AddFunction(member, ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
