using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;

namespace LoopCluster.Engine.Context;

/// <summary>
/// Finds tool calls that a model wrote into its text. Models are trained on forms of their own; where a server lacks the parser, or the
/// model strays a little, the form comes through as text. A mark of a form counts only with the name of one of the loop's tools near it,
/// and JSON only when it is a call of one of them: a summary that speaks of tool calls is a summary. Linear in the length of the text.
/// </summary>
internal static class CallsInText
{
    /// <summary>Characters after a mark in which the name is looked for.</summary>
    private const int Near = 240;

    /// <summary>Longer JSON is a file, not a call that went astray.</summary>
    private const int MostJson = 256 * 1024;

    private static readonly string[] s_marks =
    [
        "<tool_call>", // Hermes, Qwen, GLM
        "<tool_calls>", // MiniMax
        "<tool_use>",
        "<tool-use>", // Llama 3 on Groq
        "<function=", // Llama, Qwen3-Coder
        "<function_call>", // Granite, Yi
        "<functioncall>", // Glaive
        "<function_calls>", // Claude
        "<invoke name=", // Claude, MiniMax
        "<|tool_call|>", // Granite, Phi
        "<|tool_calls|>",
        "<|tool_call_begin|>", // Kimi
        "<|tool_calls_section_begin|>", // Kimi
        "<|tool_call_start|>", // LFM2
        "<｜tool▁calls▁begin｜>", // DeepSeek
        "<｜tool▁call▁begin｜>", // DeepSeek
        "<|python_tag|>", // Llama 3
        "<|action_start|>", // InternLM
        "<|plugin|>", // InternLM
        "<|channel|>commentary to=", // gpt-oss
        "to=functions.", // gpt-oss
        "<｜DSML｜", // DeepSeek 3.2
        "<start_function_call>", // FunctionGemma
        "[TOOL_CALLS]", // Mistral
        "[TOOL_REQUEST]", // LM Studio's default
        "[TOOL_CALL]", // MiniMax
        "✿FUNCTION✿", // Qwen
        "functools[", // Phi-4
        "```tool_code", // Gemma
        "```tool_call",
        "Action:", // ReAct; wants "Action Input:" as well
    ];

    private static readonly string[] s_nameKeys = ["name", "tool", "tool_name", "function", "function_name", "action"];
    private static readonly string[] s_argumentKeys =
    [
        "arguments",
        "parameters",
        "args",
        "input",
        "params",
        "tool_input",
        "action_input",
        "tool_arguments",
        "kwargs",
    ];

    public static bool Has(string text, IReadOnlyList<ToolDefinition> tools) =>
        tools.Count > 0 && (HasMark(text, tools) || HasFence(text, tools) || IsCall(text.AsSpan().Trim(), tools));

    private static bool HasMark(string text, IReadOnlyList<ToolDefinition> tools)
    {
        foreach (var mark in s_marks)
        {
            if (mark == "Action:" && !text.Contains("Action Input:", StringComparison.Ordinal))
            {
                continue;
            }

            for (
                var at = text.IndexOf(mark, StringComparison.Ordinal);
                at >= 0;
                at = text.IndexOf(mark, at + mark.Length, StringComparison.Ordinal)
            )
            {
                var after = text.AsSpan(at + mark.Length);
                if (Names(after[..Math.Min(Near, after.Length)], tools))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A fenced block, of JSON or of nothing said, that is a call as a whole.</summary>
    private static bool HasFence(string text, IReadOnlyList<ToolDefinition> tools)
    {
        for (var open = text.IndexOf("```", StringComparison.Ordinal); open >= 0; )
        {
            var line = text.IndexOf('\n', open);
            var close = line < 0 ? -1 : text.IndexOf("```", line, StringComparison.Ordinal);
            if (line < 0)
            {
                return false;
            }

            if (IsCall(text.AsSpan(line, (close < 0 ? text.Length : close) - line).Trim(), tools))
            {
                return true;
            }

            open = close < 0 ? -1 : text.IndexOf("```", close + 3, StringComparison.Ordinal);
        }

        return false;
    }

    /// <summary>JSON of one call or a list of calls, or <c>name(key=value)</c> as Llama 4 and Gemma write it.</summary>
    private static bool IsCall(ReadOnlySpan<char> text, IReadOnlyList<ToolDefinition> tools)
    {
        if (text.IsEmpty || text.Length > MostJson)
        {
            return false;
        }

        if (text[0] is '{' or '[' && IsJsonCall(text, tools))
        {
            return true;
        }

        var code = text[0] == '[' && text[^1] == ']' ? text[1..^1].Trim() : text;
        var bracket = code.IndexOf('(');
        return bracket > 0 && code[^1] == ')' && Known(code[..bracket].Trim(), tools);
    }

    private static bool IsJsonCall(ReadOnlySpan<char> text, IReadOnlyList<ToolDefinition> tools)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(text.ToArray()));
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("tool_calls", out var calls))
            {
                root = calls;
            }

            return root.ValueKind == JsonValueKind.Array
                ? root.GetArrayLength() > 0 && IsJsonCall(root[0], tools)
                : IsJsonCall(root, tools);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsJsonCall(JsonElement call, IReadOnlyList<ToolDefinition> tools)
    {
        if (call.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        if (call.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object)
        {
            call = function;
        }

        var named = s_nameKeys.Any(key =>
            call.TryGetProperty(key, out var name) && name.ValueKind == JsonValueKind.String && Known(name.GetString(), tools)
        );
        return named && s_argumentKeys.Any(key => call.TryGetProperty(key, out _));
    }

    /// <summary>One of the tools' names stands in the text, not as part of a longer word.</summary>
    private static bool Names(ReadOnlySpan<char> text, IReadOnlyList<ToolDefinition> tools)
    {
        foreach (var tool in tools)
        {
            var from = 0;
            for (
                var at = text.IndexOf(tool.Name, StringComparison.Ordinal);
                at >= 0;
                at = text[from..].IndexOf(tool.Name, StringComparison.Ordinal) is var next and >= 0 ? from + next : -1
            )
            {
                from = at + tool.Name.Length;
                if ((at == 0 || !IsWord(text[at - 1])) && (from == text.Length || !IsWord(text[from])))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private static bool Known(ReadOnlySpan<char> name, IReadOnlyList<ToolDefinition> tools)
    {
        var dot = name.LastIndexOf('.');
        name = dot >= 0 ? name[(dot + 1)..] : name;
        foreach (var tool in tools)
        {
            if (name.SequenceEqual(tool.Name))
            {
                return true;
            }
        }

        return false;
    }
}
