using System.Text.Json;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Models;

/// <summary>Checks and reads the document of a script.</summary>
internal static class ScriptParser
{
    public const string Code = "script-invalid";

    /// <summary>A pattern with look-around or back-references runs on the backtracking engine; there it may take this long.</summary>
    private static readonly TimeSpan _matchTimeout = TimeSpan.FromSeconds(1);

    private static readonly string[] _usageKeys = ["in", "out"];

    public static ModelScript Parse(JsonElement document)
    {
        var reader = new DocumentReader(Code);
        var replies = new List<ScriptReply>();
        if (reader.IsMapping(document, "", "replies"))
        {
            if (!DocumentReader.Has(document, "replies", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
            {
                reader.Fail("replies", "must be a list with at least one reply");
            }
            else
            {
                foreach (var element in list.EnumerateArray())
                {
                    replies.Add(ReadReply(reader, element, replies.Count));
                }
            }
        }

        // Positions are int: the sum must fit, with one to spare for the position after the last.
        if (replies.Sum(reply => (long)reply.Repeat) >= int.MaxValue)
        {
            reader.Fail("replies", "are too many with their repeats");
        }

        reader.ThrowIfFaulty();
        return new ModelScript(replies);
    }

    private static ScriptReply ReadReply(DocumentReader reader, JsonElement element, int index)
    {
        var path = $"replies[{index}]";
        if (!reader.IsMapping(element, path, "role", "when", "text", "tools", "usage", "repeat", "finish"))
        {
            return new ScriptReply { Index = index, Finish = ReplyFinish.Stop, Repeat = 1 };
        }

        var role = reader.Text(element, path, "role");
        if (role is not null && !ModelRoles.All.Contains(role))
        {
            reader.Fail($"{path}.role", $"must be one of {string.Join(", ", ModelRoles.All)}");
        }

        var tools = ReadTools(reader, element, path);
        var text = reader.Text(element, path, "text");
        if (!DocumentReader.Has(element, "text", out _) && !DocumentReader.Has(element, "tools", out _))
        {
            reader.Fail(path, "has neither text nor tools");
        }

        return new ScriptReply
        {
            Index = index,
            Role = role,
            When = ReadCondition(reader, element, path),
            Text = text ?? "",
            Tools = tools,
            Usage = ReadUsage(reader, element, path),
            Finish = ReadFinish(reader, element, path, tools.Count > 0),
            Repeat = ReadRepeat(reader, element, path),
        };
    }

    private static List<ScriptTool> ReadTools(DocumentReader reader, JsonElement reply, string path)
    {
        var tools = new List<ScriptTool>();
        if (!DocumentReader.Has(reply, "tools", out var list))
        {
            return tools;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            reader.Fail($"{path}.tools", "must be a list of calls with name and arguments");
            return tools;
        }

        foreach (var element in list.EnumerateArray())
        {
            var at = $"{path}.tools[{tools.Count}]";
            if (reader.IsMapping(element, at, "name", "arguments"))
            {
                tools.Add(new ScriptTool(reader.RequiredText(element, at, "name") ?? "", ReadArguments(reader, element, at)));
            }
            else
            {
                tools.Add(new ScriptTool("", ""));
            }
        }

        return tools;
    }

    private static string ReadArguments(DocumentReader reader, JsonElement tool, string path)
    {
        if (!DocumentReader.Has(tool, "arguments", out var arguments))
        {
            return "{}";
        }

        switch (arguments.ValueKind)
        {
            case JsonValueKind.Object:
                return JsonSerializer.Serialize(arguments, _argumentFormat);
            case JsonValueKind.String:
                return arguments.GetString()!;
            default:
                reader.Fail($"{path}.arguments", "must be a mapping, or text that is sent as it is");
                return "";
        }
    }

    private static Regex? ReadCondition(DocumentReader reader, JsonElement reply, string path)
    {
        if (reader.Text(reply, path, "when") is not { } pattern)
        {
            return null;
        }

        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, _matchTimeout);
        }
        catch (NotSupportedException)
        {
            // Look-around, back-references, or counts that multiply beyond what the linear engine takes.
            return new Regex(pattern, RegexOptions.CultureInvariant, _matchTimeout);
        }
        catch (ArgumentException fault)
        {
            reader.Fail($"{path}.when", $"is no regular expression: {fault.Message}");
            return null;
        }
    }

    private static Usage? ReadUsage(DocumentReader reader, JsonElement reply, string path)
    {
        if (!DocumentReader.Has(reply, "usage", out var usage) || !reader.IsMapping(usage, $"{path}.usage", "in", "out"))
        {
            return null;
        }

        var tokensIn = reader.Number(usage, $"{path}.usage", "in", 0, int.MaxValue);
        var tokensOut = reader.Number(usage, $"{path}.usage", "out", 0, int.MaxValue);
        foreach (var key in _usageKeys.Where(key => !DocumentReader.Has(usage, key, out _)))
        {
            reader.Fail($"{path}.usage.{key}", "is missing");
        }

        return new Usage(tokensIn ?? 0, tokensOut ?? 0);
    }

    private static ReplyFinish ReadFinish(DocumentReader reader, JsonElement reply, string path, bool hasTools)
    {
        switch (reader.Text(reply, path, "finish"))
        {
            case null:
                return hasTools ? ReplyFinish.ToolCalls : ReplyFinish.Stop;
            case "length":
                return ReplyFinish.Length;
            case "content_filter":
                return ReplyFinish.ContentFilter;
            default:
                reader.Fail($"{path}.finish", "must be length or content_filter; without it a reply is whole");
                return ReplyFinish.Stop;
        }
    }

    private static int ReadRepeat(DocumentReader reader, JsonElement reply, string path)
    {
        if (!DocumentReader.Has(reply, "repeat", out var repeat))
        {
            return 1;
        }

        if (repeat.ValueKind == JsonValueKind.True)
        {
            return ModelScript.Forever;
        }

        if (repeat.ValueKind == JsonValueKind.Number && repeat.TryGetInt32(out var times) && times is >= 1 and <= ModelScript.Forever)
        {
            return times;
        }

        reader.Fail($"{path}.repeat", $"must be a whole number from 1 to {ModelScript.Forever}, or true for ever");
        return 1;
    }

    /// <summary>Compact and readable: the arguments land in the ledger and in the next prompt.</summary>
    private static readonly JsonSerializerOptions _argumentFormat = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
