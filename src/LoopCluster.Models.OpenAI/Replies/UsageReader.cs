using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Reads what an endpoint bills.</summary>
internal static class UsageReader
{
    /// <summary>Both counts, or nothing: half a usage or a negative one cannot be settled, and the reservation stands.</summary>
    public static void Read(ref Utf8JsonReader reader, ReplyBuilder reply)
    {
        if (!JsonCursor.EnterValue(ref reader, JsonTokenType.StartObject))
        {
            return;
        }

        long? tokensIn = null,
            tokensOut = null,
            cached = null,
            total = null;
        while (JsonCursor.NextMember(ref reader))
        {
            if (JsonCursor.Is(ref reader, "prompt_tokens"u8))
            {
                tokensIn = ReadCount(ref reader);
            }
            else if (JsonCursor.Is(ref reader, "completion_tokens"u8))
            {
                tokensOut = ReadCount(ref reader);
            }
            else if (JsonCursor.Is(ref reader, "total_tokens"u8))
            {
                total = ReadCount(ref reader);
            }
            else if (JsonCursor.Is(ref reader, "prompt_tokens_details"u8))
            {
                if (!JsonCursor.EnterValue(ref reader, JsonTokenType.StartObject))
                {
                    continue;
                }

                while (JsonCursor.NextMember(ref reader))
                {
                    if (JsonCursor.Is(ref reader, "cached_tokens"u8))
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

        // What some count in the total alone (thinking) was made as well: a bill is never read lower than it says. Servers repeat it in a
        // stream, or send an empty one first: the last that says something counts.
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
}
