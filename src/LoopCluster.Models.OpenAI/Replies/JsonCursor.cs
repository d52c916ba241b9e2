using System.Text;
using System.Text.Json;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>Moves a reader through objects whose members come in any order and kind.</summary>
internal static class JsonCursor
{
    /// <summary>
    /// True when the name or text the reader is at is this one, also where it is written with escapes; half a surrogate pair in it is no
    /// reason to throw.
    /// </summary>
    public static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> text) =>
        reader.ValueIsEscaped
            ? Encoding.UTF8.GetBytes(JsonText.Read(ref reader)).AsSpan().SequenceEqual(text)
            : reader.ValueTextEquals(text);

    /// <summary>True on the next member's name; false at the end of the object.</summary>
    public static bool NextMember(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Moves from a name to its value; a value of another kind is passed over.</summary>
    public static bool EnterValue(ref Utf8JsonReader reader, JsonTokenType kind)
    {
        reader.Read();
        if (reader.TokenType == kind)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    public static string? ReadText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return JsonText.Read(ref reader);
        }

        reader.Skip();
        return null;
    }
}
