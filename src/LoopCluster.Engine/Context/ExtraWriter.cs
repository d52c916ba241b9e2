using System.Text.Json;

namespace LoopCluster.Engine.Context;

/// <summary>
/// Writes what a reply carried beyond the reference into the history, as it came: endpoints refuse a conversation whose thoughts or
/// signatures are missing. What is too long for the window keeps its texts, clipped; a signature is whole or not there.
/// </summary>
internal readonly struct ExtraWriter : IDisposable
{
    private readonly JsonDocument? _document;
    private readonly TextLimits _texts;
    private readonly bool _whole;

    private ExtraWriter(JsonDocument? document, TextLimits texts, bool whole)
    {
        _document = document;
        _texts = texts;
        _whole = whole;
    }

    public static ExtraWriter Open(ReplyItem reply, TextLimits texts)
    {
        if (reply.ExtraJson is not { } json || reply.Extra is not { } blob)
        {
            return default;
        }

        try
        {
            var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ExtraWriter(document, texts, blob.Bytes <= texts.MostExtra)
                : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    public void WriteMembers(Utf8JsonWriter writer)
    {
        if (_document is null)
        {
            return;
        }

        foreach (var member in _document.RootElement.EnumerateObject())
        {
            if (member.Name is "role" or "content" or "tool_calls" or "tool_call_id")
            {
                continue;
            }

            if (_whole)
            {
                writer.WritePropertyName(member.Name);
                member.Value.WriteTo(writer);
            }
            else if (member.Value.ValueKind == JsonValueKind.String)
            {
                writer.WriteString(member.Name, _texts.Clip(member.Value.GetString()!));
            }
        }
    }

    /// <summary>Members of the call at <paramref name="index"/>.</summary>
    public void WriteCall(Utf8JsonWriter writer, int index) => Write(writer, OfCall(index), "id", "type", "function", "index");

    /// <summary>Members of its <c>function</c>.</summary>
    public void WriteFunction(Utf8JsonWriter writer, int index)
    {
        if (OfCall(index) is { } call && call.TryGetProperty("function", out var function))
        {
            Write(writer, function, "name", "arguments");
        }
    }

    public void Dispose() => _document?.Dispose();

    private JsonElement? OfCall(int index) =>
        _whole
        && _document is not null
        && _document.RootElement.TryGetProperty("tool_calls", out var calls)
        && calls.ValueKind == JsonValueKind.Array
        && index < calls.GetArrayLength()
            ? calls[index]
            : null;

    private static void Write(Utf8JsonWriter writer, JsonElement? members, params ReadOnlySpan<string> known)
    {
        if (members is not { ValueKind: JsonValueKind.Object } element)
        {
            return;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                writer.WritePropertyName(member.Name);
                member.Value.WriteTo(writer);
            }
        }
    }
}
