using System.Text.Json;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

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
        var faults = new SpecFaults();
        var replies = new List<ScriptReply>();
        if (SpecObject.Open(document, "", faults, isNullAbsent: true) is { } script)
        {
            if (script.Value("replies") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
            {
                faults.Add("replies", "must be a list with at least one reply");
            }
            else
            {
                foreach (var element in list.EnumerateArray())
                {
                    replies.Add(ReadReply(element, replies.Count, faults));
                }
            }

            script.Close();
        }

        // Positions are int: the sum must fit, with one to spare for the position after the last.
        if (replies.Sum(reply => (long)reply.Repeat) >= int.MaxValue)
        {
            faults.Add("replies", "are too many with their repeats");
        }

        faults.ThrowIfAny(Code);
        return new ModelScript(replies);
    }

    private static ScriptReply ReadReply(JsonElement element, int index, SpecFaults faults)
    {
        if (SpecObject.Open(element, $"replies[{index}]", faults, isNullAbsent: true) is not { } reply)
        {
            return new ScriptReply
            {
                Index = index,
                Finish = ReplyFinish.Stop,
                Repeat = 1,
            };
        }

        var role = reply.AnyText("role");
        if (role is not null && !AgentNames.Roles.Contains(AgentNames.RoleOf(role)))
        {
            faults.Add(
                reply.At("role"),
                $"must be one of {string.Join(", ", AgentNames.Roles)}, or an agent of one such as judge/security"
            );
        }

        var tools = ReadTools(reply);
        if (reply.Value("text") is null && reply.Value("tools") is null)
        {
            faults.Add(reply.Path, "has neither text nor tools");
        }

        var read = new ScriptReply
        {
            Index = index,
            Role = role,
            When = ReadCondition(reply),
            Text = reply.AnyText("text") ?? "",
            Tools = tools,
            Usage = ReadUsage(reply),
            Finish = ReadFinish(reply, tools.Count > 0),
            Repeat = ReadRepeat(reply),
        };
        reply.Close();
        return read;
    }

    private static List<ScriptTool> ReadTools(SpecObject reply)
    {
        var tools = new List<ScriptTool>();
        if (reply.Value("tools") is not { } list)
        {
            return tools;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            reply.Faults.Add(reply.At("tools"), "must be a list of calls with name and arguments");
            return tools;
        }

        foreach (var element in list.EnumerateArray())
        {
            tools.Add(
                SpecObject.Open(element, $"{reply.At("tools")}[{tools.Count}]", reply.Faults, isNullAbsent: true) is { } tool
                    ? ReadTool(tool)
                    : new ScriptTool("", "")
            );
        }

        return tools;
    }

    private static ScriptTool ReadTool(SpecObject tool)
    {
        var name = tool.AnyText("name");
        if (tool.Value("name") is null || name is "")
        {
            tool.Faults.Add(tool.At("name"), name is "" ? "is empty" : "is missing");
        }

        var read = new ScriptTool(name ?? "", ReadArguments(tool));
        tool.Close();
        return read;
    }

    private static string ReadArguments(SpecObject tool)
    {
        if (tool.Value("arguments") is not { } arguments)
        {
            return "{}";
        }

        switch (arguments.ValueKind)
        {
            case JsonValueKind.Object:
                return JsonSerializer.Serialize(arguments, _argumentFormat);
            case JsonValueKind.String:
                return SpecObject.Decode(arguments) ?? "";
            default:
                tool.Faults.Add(tool.At("arguments"), "must be a mapping, or text that is sent as it is");
                return "";
        }
    }

    private static Regex? ReadCondition(SpecObject reply)
    {
        if (reply.AnyText("when") is not { } pattern)
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
            reply.Faults.Add(reply.At("when"), $"is no regular expression: {fault.Message}");
            return null;
        }
    }

    private static Usage? ReadUsage(SpecObject reply)
    {
        if (
            reply.Value("usage") is not { } value
            || SpecObject.Open(value, reply.At("usage"), reply.Faults, isNullAbsent: true) is not { } usage
        )
        {
            return null;
        }

        var read = new Usage(usage.Integer("in", 0, int.MaxValue) ?? 0, usage.Integer("out", 0, int.MaxValue) ?? 0);
        foreach (var key in _usageKeys.Where(key => usage.Value(key) is null))
        {
            usage.Faults.Add(usage.At(key), "is missing");
        }

        usage.Close();
        return read;
    }

    private static ReplyFinish ReadFinish(SpecObject reply, bool hasTools)
    {
        switch (reply.AnyText("finish"))
        {
            case null:
                return hasTools ? ReplyFinish.ToolCalls : ReplyFinish.Stop;
            case "length":
                return ReplyFinish.Length;
            case "content_filter":
                return ReplyFinish.ContentFilter;
            default:
                reply.Faults.Add(reply.At("finish"), "must be length or content_filter; without it a reply is whole");
                return ReplyFinish.Stop;
        }
    }

    private static int ReadRepeat(SpecObject reply)
    {
        if (reply.Value("repeat") is not { } repeat)
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

        reply.Faults.Add(reply.At("repeat"), $"must be a whole number from 1 to {ModelScript.Forever}, or true for ever");
        return 1;
    }

    /// <summary>Compact and readable: the arguments land in the ledger and in the next prompt.</summary>
    private static readonly JsonSerializerOptions _argumentFormat = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
