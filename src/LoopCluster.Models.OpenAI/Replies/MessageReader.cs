using System.Text.Json;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Reads a <c>message</c> or a <c>delta</c>: its text, its calls, and what else it carries.</summary>
internal static class MessageReader
{
    public static void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply, bool isWhole)
    {
        while (JsonCursor.NextMember(ref reader))
        {
            if (JsonCursor.Is(ref reader, "content"u8))
            {
                reader.Read();
                ReadContent(ref reader, reply);
            }
            else if (JsonCursor.Is(ref reader, "tool_calls"u8))
            {
                if (!JsonCursor.EnterValue(ref reader, JsonTokenType.StartArray))
                {
                    continue;
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        CallReader.Read(ref reader, json, reply, isWhole);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
            else if (JsonCursor.Is(ref reader, "function_call"u8))
            {
                CallReader.ReadOld(ref reader, json, reply, isWhole);
            }
            else if (JsonCursor.Is(ref reader, "role"u8) || JsonCursor.Is(ref reader, "audio"u8) || JsonCursor.Is(ref reader, "refusal"u8))
            {
                ReadKnown(ref reader, reply);
            }
            else
            {
                var name = JsonText.WithoutLoneSurrogates(JsonText.Read(ref reader));
                reader.Read();
                reply.AddExtra(name, ref reader);
            }
        }
    }

    /// <summary>What the model said where it would not answer is its text; role and sound are never sent back.</summary>
    private static void ReadKnown(ref Utf8JsonReader reader, ReplyBuilder reply)
    {
        var isText = JsonCursor.Is(ref reader, "refusal"u8);
        reader.Read();
        if (isText && reader.TokenType == JsonTokenType.String)
        {
            reply.AddText(JsonText.Read(ref reader));
            return;
        }

        reader.Skip();
    }

    private static void ReadContent(ref Utf8JsonReader reader, ReplyBuilder reply)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            reply.AddText(JsonText.Read(ref reader));
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                ReadPart(ref reader, reply);
            }
        }
        else
        {
            reader.Skip();
        }
    }

    /// <summary>
    /// A part is <c>{ type: text, text }</c>; other types (a thought, an image) have no <c>text</c> or are not the reply.
    /// </summary>
    private static void ReadPart(ref Utf8JsonReader reader, ReplyBuilder reply)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        string? text = null;
        var isText = true;
        while (JsonCursor.NextMember(ref reader))
        {
            var isType = JsonCursor.Is(ref reader, "type"u8);
            var isContent = JsonCursor.Is(ref reader, "text"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                isText = JsonCursor.Is(ref reader, "text"u8) || JsonCursor.Is(ref reader, "output_text"u8);
            }
            else if (isContent && reader.TokenType == JsonTokenType.String)
            {
                text = JsonText.Read(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        if (isText && text is not null)
        {
            reply.AddText(text);
        }
    }
}
