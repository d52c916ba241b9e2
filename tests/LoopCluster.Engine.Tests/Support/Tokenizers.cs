using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Context;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Ways to count the tokens of a text, none of them above a token a byte of UTF-8.</summary>
internal static class Tokenizers
{
    public static readonly Func<string, long> Bytes = text => Encoding.UTF8.GetByteCount(text);

    public static readonly Func<string, long> FourBytes = text => (Encoding.UTF8.GetByteCount(text) + 3) / 4;

    /// <summary>
    /// As byte pair encodings cut: words with the blank before them in pieces of five, digits and signs one by one, runs of blanks as one,
    /// other scripts by byte or sign.
    /// </summary>
    public static long Pieces(string text)
    {
        var (tokens, run) = (0L, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var (c, before) = (text[i], i == 0 ? '\n' : text[i - 1]);
            if (char.IsAsciiLetter(c))
            {
                // A change of case begins a piece; words that are none come in pieces of two.
                run = char.IsAsciiLetter(before) && (char.IsUpper(before) || !char.IsUpper(c)) ? run + 1 : 0;
                tokens += run % (run > 12 ? 2 : 5) == 0 ? 1 : 0;
            }
            else if (char.IsWhiteSpace(c))
            {
                tokens += c == before || (c == ' ' && i + 1 < text.Length && char.IsAsciiLetter(text[i + 1])) ? 0 : 1;
            }
            else
            {
                tokens +=
                    c < 0x80 ? 1
                    : c < 0x800 ? 1
                    : char.IsSurrogate(c) ? 1
                    : 2;
            }
        }

        return tokens;
    }

    /// <summary>Costs so many 64ths of a token for a byte of each kind.</summary>
    public static Func<string, long> ByKind(IReadOnlyList<int> costs) =>
        text =>
        {
            var kinds = TextKinds.Of(text);
            int[] bytes =
            [
                kinds.Letters,
                kinds.Capitals,
                kinds.Digits,
                kinds.Signs,
                kinds.Blanks,
                kinds.Runs,
                kinds.Latin,
                kinds.Wide,
                kinds.Odd,
            ];
            return (bytes.Select((b, i) => (long)b * costs[i]).Sum() + 63) / 64;
        };

    /// <summary>Tokens of a request: every text it has, and <paramref name="around"/> for each message and call.</summary>
    public static long Count(ReadOnlyMemory<byte> body, Func<string, long> tokenizer, int around)
    {
        using var document = JsonDocument.Parse(body);
        var tokens = document.RootElement.TryGetProperty("tools", out var tools) ? tokenizer(tools.GetRawText()) : 0;
        foreach (var message in document.RootElement.GetProperty("messages").EnumerateArray())
        {
            tokens += around + tokenizer(message.GetProperty("content").GetString()!);
            if (message.TryGetProperty("tool_calls", out var calls))
            {
                foreach (var call in calls.EnumerateArray().Select(c => c.GetProperty("function")))
                {
                    tokens +=
                        around + tokenizer(call.GetProperty("name").GetString()!) + tokenizer(call.GetProperty("arguments").GetString()!);
                }
            }
        }

        return tokens;
    }
}
