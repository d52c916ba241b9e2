namespace LoopCluster.Engine.Context;

/// <summary>
/// Bytes of a text as it stands in a request (a JSON string, escapes included), by kind of character. Tokenizers differ most in these:
/// prose and code cost a token for three to five letters, numbers and hashes up to one a character, signs of other scripts up to one a
/// byte.
/// </summary>
/// <param name="Letters">Small ASCII letters.</param>
/// <param name="Capitals">Great ASCII letters.</param>
/// <param name="Signs">What else ASCII can print.</param>
/// <param name="Blanks">Spaces, tabs and line ends.</param>
/// <param name="Runs">Letters and digits of words longer than words are: hashes, base64, minified names.</param>
/// <param name="Latin">Characters of two bytes.</param>
/// <param name="Wide">Characters of three bytes.</param>
/// <param name="Odd">Control characters, and what UTF-16 writes as a pair.</param>
public readonly record struct TextKinds(
    int Letters,
    int Capitals,
    int Digits,
    int Signs,
    int Blanks,
    int Runs,
    int Latin,
    int Wide,
    int Odd
)
{
    public const int Kinds = 9;

    private const int LetterKind = 0,
        CapitalKind = 1,
        DigitKind = 2,
        SignKind = 3,
        BlankKind = 4,
        RunKind = 5,
        LatinKind = 6,
        WideKind = 7,
        OddKind = 8;

    /// <summary>Longer words are no words.</summary>
    private const int MostWord = 16;

    private static readonly byte[] s_kinds = [.. Enumerable.Range(0, 128).Select(c => (byte)KindOf((char)c))];

    private static readonly byte[] s_sizes = [.. Enumerable.Range(0, 128).Select(c => (byte)SizeOf((char)c))];

    public long Bytes => (long)Letters + Capitals + Digits + Signs + Blanks + Runs + Latin + Wide + Odd;

    public static TextKinds Of(string text)
    {
        Span<int> bytes = stackalloc int[Kinds];
        var (kinds, sizes, word) = (s_kinds, s_sizes, 0);
        foreach (var c in text)
        {
            if (c >= kinds.Length)
            {
                word = 0;
                // The writer escapes both halves of a pair.
                var (wide, size) =
                    c < '\u0800' ? (LatinKind, 2)
                    : char.IsSurrogate(c) ? (OddKind, 6)
                    : (WideKind, 3);
                bytes[wide] += size;
                continue;
            }

            var kind = (int)kinds[c];
            word = kind <= DigitKind ? word + 1 : 0;
            bytes[word > MostWord ? RunKind : kind] += sizes[c];
        }

        return Of(bytes);
    }

    /// <summary>Of a whole request.</summary>
    public static TextKinds OfJson(ReadOnlySpan<byte> json)
    {
        Span<int> bytes = stackalloc int[Kinds];
        var word = 0;
        for (var i = 0; i < json.Length; i++)
        {
            var b = json[i];
            if (b == '\\' && i + 1 < json.Length)
            {
                // An escape stands for one character: of the odd ones as \u and four digits.
                var size = json[i + 1] == 'u' ? Math.Min(6, json.Length - i) : 2;
                bytes[
                    json[i + 1] switch
                    {
                        (byte)'u' => OddKind,
                        (byte)'"' or (byte)'\\' => SignKind,
                        _ => BlankKind,
                    }
                ] += size;
                i += size - 1;
                word = 0;
                continue;
            }

            var kind =
                b < 128 ? s_kinds[b]
                : b < 0xC0 ? -1
                : b < 0xE0 ? LatinKind
                : b < 0xF0 ? WideKind
                : OddKind;
            if (kind >= 0)
            {
                word = kind <= DigitKind ? word + 1 : 0;
                bytes[word > MostWord ? RunKind : kind] +=
                    b < 0x80 ? 1
                    : b < 0xE0 ? 2
                    : b < 0xF0 ? 3
                    : 4;
            }
        }

        return Of(bytes);
    }

    public static TextKinds operator +(TextKinds a, TextKinds b) =>
        new(
            a.Letters + b.Letters,
            a.Capitals + b.Capitals,
            a.Digits + b.Digits,
            a.Signs + b.Signs,
            a.Blanks + b.Blanks,
            a.Runs + b.Runs,
            a.Latin + b.Latin,
            a.Wide + b.Wide,
            a.Odd + b.Odd
        );

    internal TextKinds Half() => new(Letters / 2, Capitals / 2, Digits / 2, Signs / 2, Blanks / 2, Runs / 2, Latin / 2, Wide / 2, Odd / 2);

    internal void CopyTo(Span<int> bytes)
    {
        (bytes[LetterKind], bytes[CapitalKind], bytes[DigitKind]) = (Letters, Capitals, Digits);
        (bytes[SignKind], bytes[BlankKind], bytes[RunKind]) = (Signs, Blanks, Runs);
        (bytes[LatinKind], bytes[WideKind], bytes[OddKind]) = (Latin, Wide, Odd);
    }

    private static TextKinds Of(ReadOnlySpan<int> bytes) =>
        new(
            bytes[LetterKind],
            bytes[CapitalKind],
            bytes[DigitKind],
            bytes[SignKind],
            bytes[BlankKind],
            bytes[RunKind],
            bytes[LatinKind],
            bytes[WideKind],
            bytes[OddKind]
        );

    private static int KindOf(char c) =>
        c switch
        {
            >= 'a' and <= 'z' => LetterKind,
            >= 'A' and <= 'Z' => CapitalKind,
            >= '0' and <= '9' => DigitKind,
            ' ' or '\t' or '\n' or '\r' => BlankKind,
            < ' ' => OddKind,
            _ => SignKind,
        };

    private static int SizeOf(char c) =>
        c switch
        {
            '"' or '\\' or '\n' or '\r' or '\t' => 2,
            < ' ' => 6,
            _ => 1,
        };
}
