using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>
/// Strings of a reply. Models write bytes, and servers cut them into tokens: invalid UTF-8 and halves of surrogate pairs do come, and are
/// no reason to lose a reply that is paid for. They become U+FFFD, unless the other half follows in the next piece.
/// </summary>
internal static class JsonText
{
    public static string Read(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    /// <summary>Replaces halves of surrogate pairs, which no UTF-8 text can hold.</summary>
    public static string WithoutLoneSurrogates(string text)
    {
        var lone = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    i++;
                }
                else
                {
                    lone = true;
                    break;
                }
            }
        }

        return lone ? Encoding.Unicode.GetString(Encoding.Unicode.GetBytes(text)) : text;
    }

    /// <summary>Of a string the JSON reader has found well-formed, so every escape is complete.</summary>
    private static string Unescape(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            i++;
            switch (raw[i])
            {
                case 'u':
                    text.Append((char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
                    i += 4;
                    break;
                case var escape:
                    text.Append(
                        escape switch
                        {
                            'n' => '\n',
                            't' => '\t',
                            'r' => '\r',
                            'b' => '\b',
                            'f' => '\f',
                            _ => escape,
                        }
                    );
                    break;
            }
        }

        return text.ToString();
    }
}
