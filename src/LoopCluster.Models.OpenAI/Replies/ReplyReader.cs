using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>
/// Reads a chat completion, or one chunk of a streamed one: a <c>message</c> and a <c>delta</c> have the same members. What is not known is
/// kept as it came where it belongs to the message (<c>reasoning_content</c>, signatures), and passed over elsewhere (<c>logprobs</c>, log lines of gateways).
/// </summary>
internal static class ReplyReader
{
    /// <exception cref="BrokenReplyException">Not a chat completion.</exception>
    /// <exception cref="ReportedErrorException">It holds an <c>error</c>.</exception>
    public static void Read(ReadOnlySpan<byte> json, ReplyBuilder reply)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new BrokenReplyException("it is no JSON object");
            }

            var isReply = false;
            var says = false;
            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("choices"u8))
                {
                    isReply = true;
                    ReadChoices(ref reader, json, reply);
                }
                else if (reader.ValueTextEquals("usage"u8))
                {
                    isReply = true;
                    ReadUsage(ref reader, reply);
                }
                else if (reader.ValueTextEquals("error"u8))
                {
                    ReadError(ref reader, json);
                }
                else if (reader.ValueTextEquals("object"u8) || reader.ValueTextEquals("type"u8))
                {
                    // vLLM up to 0.9 reports errors flat: {"object": "error", "message": ...}, also in a stream.
                    reader.Read();
                    says |= reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("error"u8);
                    reader.Skip();
                }
                else
                {
                    says |= reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("detail"u8);
                    reader.Skip();
                }
            }

            if (says && !isReply)
            {
                throw new ReportedErrorException(Encoding.UTF8.GetString(json));
            }
        }
        catch (JsonException fault)
        {
            throw new BrokenReplyException($"it is no JSON: {fault.Message}");
        }
    }

    private static void ReadError(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        // null, false, "" and {} are members that say there is none.
        var none = reader.TokenType is JsonTokenType.Null or JsonTokenType.False || (reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty);
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            var start = reader.BytesConsumed;
            reader.Skip();
            none = reader.BytesConsumed - start <= 1;
        }
        else
        {
            reader.Skip();
        }

        if (!none)
        {
            throw new ReportedErrorException(Encoding.UTF8.GetString(json));
        }
    }

    private static void ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply)
    {
        if (!EnterValue(ref reader, JsonTokenType.StartArray))
        {
            return;
        }

        // One reply is asked for; more would be an endpoint's mistake, and only the first is read.
        for (var first = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; first = false)
        {
            if (first && reader.TokenType == JsonTokenType.StartObject)
            {
                ReadChoice(ref reader, json, reply);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadChoice(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply)
    {
        reply.HasChoice = true;
        while (NextMember(ref reader))
        {
            var isWhole = reader.ValueTextEquals("message"u8);
            if (isWhole || reader.ValueTextEquals("delta"u8))
            {
                if (EnterValue(ref reader, JsonTokenType.StartObject))
                {
                    ReadMessage(ref reader, json, reply, isWhole);
                }
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                reply.Finish = ReadFinish(ref reader) ?? reply.Finish;
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                // OpenRouter puts an upstream's error beside the torso of a message.
                ReadError(ref reader, json);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadMessage(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply, bool isWhole)
    {
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                ReadContent(ref reader, reply);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                if (!EnterValue(ref reader, JsonTokenType.StartArray))
                {
                    continue;
                }

                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        ReadCall(ref reader, json, reply, isWhole);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
            else if (reader.ValueTextEquals("function_call"u8))
            {
                ReadFunctionCall(ref reader, json, reply, isWhole);
            }
            else if (reader.ValueTextEquals("role"u8) || reader.ValueTextEquals("audio"u8) || reader.ValueTextEquals("refusal"u8))
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
        var isText = reader.ValueTextEquals("refusal"u8);
        reader.Read();
        if (isText && reader.TokenType == JsonTokenType.String)
        {
            reply.AddText(JsonText.Read(ref reader));
            return;
        }

        reader.Skip();
    }

    /// <summary>The form calls had before <c>tool_calls</c>: one, without an id.</summary>
    private static void ReadFunctionCall(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply, bool isWhole)
    {
        if (!EnterValue(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        string? name = null, arguments = null;
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

    /// <summary>A part is <c>{ type: text, text }</c>; other types (a thought, an image) have no <c>text</c> or are not the reply.</summary>
    private static void ReadPart(ref Utf8JsonReader reader, ReplyBuilder reply)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        string? text = null;
        var isText = true;
        while (NextMember(ref reader))
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isContent = reader.ValueTextEquals("text"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                isText = reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("output_text"u8);
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

    private static void ReadCall(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReplyBuilder reply, bool isWhole)
    {
        int? index = null;
        string? id = null, name = null, arguments = null;
        var extra = new ExtraFields();
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number) ? number : index;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("type"u8))
            {
                reader.Skip();
            }
            else if (reader.ValueTextEquals("function"u8))
            {
                if (EnterValue(ref reader, JsonTokenType.StartObject))
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

    private static void ReadFunction(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ref string? name, ref string? arguments, ExtraFields? extra)
    {
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                name = ReadText(ref reader);
            }
            else if (reader.ValueTextEquals("arguments"u8))
            {
                reader.Read();
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.Null)
                {
                    arguments = ReadText(ref reader);
                    continue;
                }

                // Ollama and others send the object itself: the text of it is what the model wrote.
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                arguments = Encoding.UTF8.GetString(json[start..(int)reader.BytesConsumed]);
            }
            else if (extra is not null && !reader.ValueTextEquals("description"u8))
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

    private static ReplyFinish? ReadFinish(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            reader.Skip();
            return null;
        }

        var reason = JsonText.Read(ref reader);
        return reason.ToLowerInvariant() switch
        {
            "length" or "max_tokens" or "model_length" => ReplyFinish.Length,
            "content_filter" or "safety" or "recitation" or "sensitive" or "prohibited_content" or "blocklist" or "spii" => ReplyFinish.ContentFilter,
            // vLLM and SGLang end a reply so that they gave up on, DeepSeek and GLM one that their own system broke, Gemini a call it could not read:
            // the text is a torso, not a claim to be done.
            "abort" or "error" or "cancelled" or "insufficient_system_resource" or "network_error" or "malformed_function_call" =>
                throw new BrokenReplyException($"the endpoint ended it with finish_reason \"{reason}\""),
            _ => ReplyFinish.Stop,
        };
    }

    /// <summary>Both counts, or nothing: half a usage or a negative one cannot be settled, and the reservation stands.</summary>
    private static void ReadUsage(ref Utf8JsonReader reader, ReplyBuilder reply)
    {
        if (!EnterValue(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        long? tokensIn = null, tokensOut = null, cached = null, total = null;
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("prompt_tokens"u8))
            {
                tokensIn = ReadCount(ref reader);
            }
            else if (reader.ValueTextEquals("completion_tokens"u8))
            {
                tokensOut = ReadCount(ref reader);
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                total = ReadCount(ref reader);
            }
            else if (reader.ValueTextEquals("prompt_tokens_details"u8))
            {
                if (!EnterValue(ref reader, JsonTokenType.StartObject))
                {
                    continue;
                }

                while (NextMember(ref reader))
                {
                    if (reader.ValueTextEquals("cached_tokens"u8))
                    {
                        cached = ReadCount(ref reader);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
            else
            {
                reader.Skip();
            }
        }

        // What some count in the total alone (thinking) was made as well: a bill is never read lower than it says. Servers repeat it in a stream, or send an
        // empty one first: the last that says something counts.
        if (tokensIn is { } prompt && tokensOut is { } completion)
        {
            reply.Usage = new Usage(prompt, Math.Max(completion, (total ?? 0) - prompt), cached ?? 0);
        }
    }

    private static long? ReadCount(ref Utf8JsonReader reader)
    {
        reader.Read();
        // The upper bound keeps sums of a ledger far from overflow.
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) && count is >= 0 and <= int.MaxValue)
        {
            return count;
        }

        reader.Skip();
        return null;
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return JsonText.Read(ref reader);
        }

        reader.Skip();
        return null;
    }

    /// <summary>True on the next member's name; false at the end of the object.</summary>
    private static bool NextMember(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves from a name to its value; a value of another kind is passed over.</summary>
    private static bool EnterValue(ref Utf8JsonReader reader, JsonTokenType kind)
    {
        reader.Read();
        if (reader.TokenType == kind)
        {
            return true;
        }

        reader.Skip();
        return false;
    }
}
