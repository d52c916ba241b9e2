using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>
/// Reads a chat completion, or one chunk of a streamed one: a <c>message</c> and a <c>delta</c> have the same members. What is not known is
/// kept as it came where it belongs to the message (<c>reasoning_content</c>, signatures), and passed over elsewhere (<c>logprobs</c>, log
/// lines of gateways).
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
            while (JsonCursor.NextMember(ref reader))
            {
                if (JsonCursor.Is(ref reader, "choices"u8))
                {
                    isReply = true;
                    ReadChoices(ref reader, json, reply);
                }
                else if (JsonCursor.Is(ref reader, "usage"u8))
                {
                    isReply = true;
                    UsageReader.Read(ref reader, reply);
                }
                else if (JsonCursor.Is(ref reader, "error"u8))
                {
                    ReadError(ref reader, json);
                }
                else if (JsonCursor.Is(ref reader, "object"u8) || JsonCursor.Is(ref reader, "type"u8))
                {
                    // vLLM up to 0.9 reports errors flat: {"object": "error", "message": ...}, also in a stream.
                    reader.Read();
                    says |= reader.TokenType == JsonTokenType.String && JsonCursor.Is(ref reader, "error"u8);
                    reader.Skip();
                }
                else
                {
                    says |= JsonCursor.Is(ref reader, "message"u8) || JsonCursor.Is(ref reader, "detail"u8);
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
        var none =
            reader.TokenType is JsonTokenType.Null or JsonTokenType.False
            || (reader.TokenType == JsonTokenType.String && reader.ValueSpan.IsEmpty);
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
        if (!JsonCursor.EnterValue(ref reader, JsonTokenType.StartArray))
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
        while (JsonCursor.NextMember(ref reader))
        {
            var isWhole = JsonCursor.Is(ref reader, "message"u8);
            if (isWhole || JsonCursor.Is(ref reader, "delta"u8))
            {
                if (JsonCursor.EnterValue(ref reader, JsonTokenType.StartObject))
                {
                    MessageReader.Read(ref reader, json, reply, isWhole);
                }
            }
            else if (JsonCursor.Is(ref reader, "finish_reason"u8))
            {
                reader.Read();
                reply.Finish = ReadFinish(ref reader) ?? reply.Finish;
            }
            else if (JsonCursor.Is(ref reader, "error"u8))
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
            "content_filter" or "safety" or "recitation" or "sensitive" or "prohibited_content" or "blocklist" or "spii" =>
                ReplyFinish.ContentFilter,
            // vLLM and SGLang end a reply so that they gave up on, DeepSeek and GLM one that their own system broke, Gemini a call it could
            // not read: the text is a torso, not a claim to be done.
            "abort" or "error" or "cancelled" or "insufficient_system_resource" or "network_error" or "malformed_function_call" =>
                throw new BrokenReplyException($"the endpoint ended it with finish_reason \"{reason}\""),
            _ => ReplyFinish.Stop,
        };
    }
}
