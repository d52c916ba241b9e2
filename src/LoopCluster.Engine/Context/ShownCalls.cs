using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>
/// Tool calls as they go back to an endpoint. Endpoints refuse a whole request for one call of an earlier reply that they do not like (an
/// id twice, a name with a dot, arguments that are no JSON object), although a model of theirs wrote it.
/// </summary>
internal static class ShownCalls
{
    private const int MostName = 64;
    private const int MostInvalid = 200;

    /// <summary>The same list when nothing is wrong with it.</summary>
    public static IReadOnlyList<ToolCall> Of(IReadOnlyList<ToolCall> calls)
    {
        ToolCall[]? shown = null;
        for (var i = 0; i < calls.Count; i++)
        {
            var call = calls[i];
            var (id, name, arguments) = (IdOf(calls, i), NameOf(call.Name), ArgumentsOf(call.Arguments));
            if (!ReferenceEquals(id, call.Id) || !ReferenceEquals(name, call.Name) || !ReferenceEquals(arguments, call.Arguments))
            {
                shown ??= [.. calls];
                shown[i] = new ToolCall(id, name, arguments);
            }
        }

        return shown ?? calls;
    }

    private static string IdOf(IReadOnlyList<ToolCall> calls, int index)
    {
        var id = calls[index].Id;
        var unique = id.Length > 0;
        for (var i = 0; i < calls.Count && unique; i++)
        {
            unique = i == index || calls[i].Id != id;
        }

        return unique ? id : $"{(id.Length == 0 ? "call" : id)}__{index}";
    }

    private static string NameOf(string name)
    {
        var fits = name.Length is > 0 and <= MostName;
        foreach (var c in name)
        {
            fits &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
        }

        if (fits)
        {
            return name;
        }

        var mended = new StringBuilder(MostName);
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, MostName)))
        {
            mended.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_');
        }

        return mended.Length == 0 ? "_" : mended.ToString();
    }

    private static string ArgumentsOf(string arguments)
    {
        if (string.IsNullOrWhiteSpace(arguments))
        {
            return "{}";
        }

        if (IsObject(arguments))
        {
            return arguments;
        }

        return $"{{\"invalid\":{JsonSerializer.Serialize(new TextLimits(MostInvalid).Clip(arguments), EngineJson.Default.String)}}}";
    }

    private static bool IsObject(string json)
    {
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
