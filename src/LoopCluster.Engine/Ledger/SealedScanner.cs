using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace LoopCluster.Engine.Ledger;

/// <summary>
/// Goes over JSON that was written by this engine: no white space, members in their order. Every step says whether what was expected stands
/// there; after a step that says no, the place is undefined and the whole text is to be read another way.
/// </summary>
internal ref struct SealedScanner(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes that stand for themselves in a string.</summary>
    private static readonly SearchValues<byte> Plain = SearchValues.Create([
        .. Enumerable.Range(0x20, 0x5F).Select(c => (byte)c).Except("\"\\"u8.ToArray()),
    ]);

    private static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789.-+eE"u8);

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    public bool Take(ReadOnlySpan<byte> literal)
    {
        if (!_bytes[_at..].StartsWith(literal))
        {
            return false;
        }

        _at += literal.Length;
        return true;
    }

    /// <summary>The rest of a string whose opening quote was taken, and the closing one.</summary>
    public bool Text([NotNullWhen(true)] out string? text)
    {
        var rest = _bytes[_at..];
        var end = rest.IndexOfAnyExcept(Plain);
        if (end >= 0 && rest[end] == '"')
        {
            text = KnownTexts.Of(rest[..end]);
            _at += end + 1;
            return true;
        }

        // Escapes and what is not ASCII: one token of the general reader, which throws where it is no string.
        var reader = new Utf8JsonReader(_bytes[(_at - 1)..]);
        text = reader.Read() ? reader.GetString() : null;
        _at += (int)reader.BytesConsumed - 1;
        return text is not null;
    }

    /// <summary>Passes over a plain string whose opening quote was taken.</summary>
    public bool PassText()
    {
        var rest = _bytes[_at..];
        var end = rest.IndexOfAnyExcept(Plain);
        _at += end + 1;
        return end >= 0 && rest[end] == '"';
    }

    public bool Long(out long number)
    {
        var rest = _bytes[_at..];
        var length = 0;
        for (number = 0; length < rest.Length && length < 18 && char.IsAsciiDigit((char)rest[length]); length++)
        {
            number = (number * 10) + (rest[length] - '0');
        }

        _at += length;
        // A leading zero, a sign, a fraction or more digits: for the general reader.
        return length > 0 && length < 18 && (rest[0] != '0' || length == 1) && EndsNumber(rest, length);
    }

    public bool Int(out int number)
    {
        var isNumber = Long(out var whole) && whole <= int.MaxValue;
        number = isNumber ? (int)whole : 0;
        return isNumber;
    }

    public bool Decimal(out decimal number) => Utf8Parser.TryParse(Number(), out number, out var used) && Ends(used);

    public bool Double(out double number) => Utf8Parser.TryParse(Number(), out number, out var used) && Ends(used);

    public bool Bool(out bool value)
    {
        value = Take("true"u8);
        return value || Take("false"u8);
    }

    /// <summary><c>yyyy-MM-ddTHH:mm:ss.fffZ</c> and the closing quote.</summary>
    public bool Time(out DateTimeOffset time)
    {
        var rest = _bytes[_at..];
        time = default;
        if (
            rest.Length < 25
            || rest[4] != '-'
            || rest[7] != '-'
            || rest[10] != 'T'
            || rest[13] != ':'
            || rest[16] != ':'
            || rest[19] != '.'
            || rest[23] != 'Z'
            || rest[24] != '"'
        )
        {
            return false;
        }

        var (year, month, day) = (Digits(rest[..4]), Digits(rest.Slice(5, 2)), Digits(rest.Slice(8, 2)));
        var (hour, minute, second, thousandth) = (
            Digits(rest.Slice(11, 2)),
            Digits(rest.Slice(14, 2)),
            Digits(rest.Slice(17, 2)),
            Digits(rest.Slice(20, 3))
        );
        if (
            year < 1
            || month is < 1 or > 12
            || day < 1
            || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23
            || minute is < 0 or > 59
            || second is < 0 or > 59
            || thousandth < 0
        )
        {
            return false;
        }

        time = new DateTimeOffset(year, month, day, hour, minute, second, thousandth, TimeSpan.Zero);
        _at += 25;
        return true;
    }

    /// <summary>The general reader from here on; <see cref="Pass"/> what it consumed.</summary>
    public readonly ReadOnlySpan<byte> Rest => _bytes[_at..];

    public void Pass(long bytes) => _at += (int)bytes;

    private readonly ReadOnlySpan<byte> Number()
    {
        var rest = _bytes[_at..];
        var length = rest.IndexOfAnyExcept(NumberBytes);
        return length > 0 && char.IsAsciiDigit((char)rest[0]) && !(length > 1 && rest[0] == '0' && rest[1] != '.')
            ? rest[..length]
            : default;
    }

    private bool Ends(int used)
    {
        var rest = _bytes[_at..];
        _at += used;
        return EndsNumber(rest, used);
    }

    private static bool EndsNumber(ReadOnlySpan<byte> rest, int length) => length < rest.Length && rest[length] is (byte)',' or (byte)'}';

    /// <summary>-1 when one of them is none.</summary>
    private static int Digits(ReadOnlySpan<byte> digits)
    {
        var number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return -1;
            }

            number = (number * 10) + (digit - '0');
        }

        return number;
    }
}

/// <summary>
/// Short texts come again and again (names of roles, models, tools and rules; a call's id three times): each is made once a thread.
/// </summary>
internal static class KnownTexts
{
    private const int Longest = 40;
    private const int Slots = 256;

    [ThreadStatic]
    private static string?[]? t_texts;

    public static string Of(ReadOnlySpan<byte> ascii)
    {
        if (ascii.Length is 0 or > Longest)
        {
            return Encoding.ASCII.GetString(ascii);
        }

        var texts = t_texts ??= new string?[Slots];
        ref var slot = ref texts[((ascii.Length * 131) + (ascii[0] * 31) + (ascii[^1] * 7) + ascii[ascii.Length / 2]) & (Slots - 1)];
        return slot is { } text && Ascii.Equals(ascii, text) ? text : slot = Encoding.ASCII.GetString(ascii);
    }
}
