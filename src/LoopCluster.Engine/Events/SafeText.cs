using System.Globalization;
using System.Text;

namespace LoopCluster.Engine.Events;

/// <summary>
/// Text that models and endpoints wrote, made fit to be kept: halves of surrogate pairs, which no UTF-8 text can hold and every JSON reader
/// trips over, become U+FFFD, also where they stand as JSON escapes. The same string comes back when there is nothing to mend.
/// </summary>
public static class SafeText
{
    private const int EscapeLength = 6;

    public static string Of(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                // The encoder puts U+FFFD for each half that stands alone.
                return Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(text));
            }

            i++;
        }

        return text;
    }

    /// <summary>
    /// JSON text, valid or not, such as a call's arguments: escapes of lone halves are replaced as well, and nothing else is touched.
    /// </summary>
    public static string OfJson(string json)
    {
        var text = Of(json);
        StringBuilder? mended = null;
        for (var i = text.IndexOf('\\', StringComparison.Ordinal); i >= 0 && i + 1 < text.Length; i = text.IndexOf('\\', i))
        {
            var length = 2;
            if (Escaped(text, i) is { } c && char.IsSurrogate(c))
            {
                length = EscapeLength;
                if (char.IsHighSurrogate(c) && Escaped(text, i + EscapeLength) is { } low && char.IsLowSurrogate(low))
                {
                    length = 2 * EscapeLength;
                }
                else
                {
                    // As long as what it replaces, so that positions stay.
                    mended ??= new StringBuilder(text);
                    mended[i + 2] = mended[i + 3] = mended[i + 4] = 'f';
                    mended[i + 5] = 'd';
                }
            }

            i += length;
            if (i >= text.Length)
            {
                break;
            }
        }

        return mended?.ToString() ?? text;
    }

    /// <summary>At most the first <paramref name="most"/> characters; a pair is never parted.</summary>
    public static string Start(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) && char.IsLowSurrogate(text[most]) ? most - 1 : most)];

    private static char? Escaped(string text, int at) =>
        at + EscapeLength <= text.Length
        && text[at] == '\\'
        && text[at + 1] == 'u'
        && ushort.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;
}
