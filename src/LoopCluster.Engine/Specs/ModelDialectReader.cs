using System.Text.Json;

namespace LoopCluster.Engine.Specs;

/// <summary>Reads the dialect keys of a model, in a models file and in a spec alike. Faults are told with the key they are at.</summary>
public static class ModelDialectReader
{
    public static readonly IReadOnlyList<string> Keys =
    [
        "maxTokensField",
        "temperature",
        "topP",
        "reasoningEffort",
        "toolChoice",
        "parallelToolCalls",
        "systemRole",
        "streamUsage",
        "extras",
        "extraBody",
        "extraHeaders",
    ];

    private const int MostBody = 16 * 1024;
    private const int MostHeaders = 16;
    private const int MostHeader = 1024;

    /// <summary>What the harness decides itself, since budget, ledger and replay stand on it, whatever a server calls it.</summary>
    private static readonly string[] s_kept =
    [
        "model",
        "models",
        "messages",
        "prompt",
        "input",
        "stream",
        "stream_options",
        "n",
        "best_of",
        "num_return_sequences",
        "tools",
        "functions",
        "function_call",
        "max_tokens",
        "max_completion_tokens",
        "max_new_tokens",
        "max_output_tokens",
        "max_length",
        "n_predict",
        "num_predict",
        "min_tokens",
        "ignore_eos",
        "echo",
    ];

    private static readonly (string Field, string Key)[] s_ownKey =
    [
        ("temperature", "temperature"),
        ("top_p", "topP"),
        ("reasoning_effort", "reasoningEffort"),
        ("tool_choice", "toolChoice"),
        ("parallel_tool_calls", "parallelToolCalls"),
    ];

    private static readonly string[] s_keptHeaders =
    [
        "host",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "proxy-connection",
        "cookie",
        "accept-encoding",
        "x-session-id",
        "x-loop-turn",
        "x-loop-role",
        "x-loop-agent",
        "x-llm-d-inference-fairness-id",
        "x-llm-d-inference-objective",
    ];

    private static readonly string[] s_secretWords = ["auth", "key", "token", "secret", "password", "credential", "signature"];

    /// <returns>Null when no key is there.</returns>
    public static ModelDialect? Read(JsonElement model, Action<string, string> fail)
    {
        if (
            model.ValueKind != JsonValueKind.Object
            || !model.EnumerateObject().Any(p => p.Value.ValueKind != JsonValueKind.Null && Keys.Contains(p.Name))
        )
        {
            return null;
        }

        var field = Text(
            model,
            "maxTokensField",
            fail,
            t =>
                t.Length <= 64
                && (
                    t is "n_predict" or "num_predict"
                    || (t.StartsWith("max_", StringComparison.Ordinal) && t.All(c => char.IsAsciiLetterLower(c) || c == '_'))
                ),
            "must be the name of the limit, such as max_completion_tokens"
        );
        return new ModelDialect
        {
            MaxTokensField = field,
            Temperature = Number(model, "temperature", 0, 2, fail),
            TopP = Number(model, "topP", 0, 1, fail),
            ReasoningEffort = Text(
                model,
                "reasoningEffort",
                fail,
                t => t.Length <= 32 && t.All(char.IsAsciiLetterLower),
                "must be a word such as low, medium or high"
            ),
            ToolChoice = Text(model, "toolChoice", fail, t => t is "auto" or "required", "must be auto or required"),
            ParallelToolCalls = Flag(model, "parallelToolCalls", fail),
            SystemRole = Text(model, "systemRole", fail, t => t is "system" or "developer" or "user", "must be system, developer or user"),
            StreamUsage = Flag(model, "streamUsage", fail),
            Extras = Flag(model, "extras", fail),
            ExtraBody = Body(model, field, fail),
            ExtraHeaders = Headers(model, fail),
        };
    }

    private static JsonElement? Body(JsonElement model, string? field, Action<string, string> fail)
    {
        if (!Has(model, "extraBody", out var body))
        {
            return null;
        }

        if (body.ValueKind != JsonValueKind.Object)
        {
            fail("extraBody", "must be a mapping of members that are added to every request");
            return null;
        }

        if (body.GetRawText().Length > MostBody)
        {
            fail("extraBody", "is longer than 16 KiB");
            return null;
        }

        foreach (var member in body.EnumerateObject())
        {
            var own = s_ownKey.FirstOrDefault(k => k.Field == member.Name).Key;
            if (own is not null)
            {
                fail($"extraBody.{member.Name}", $"has a key of its own: {own}");
            }
            else if (member.Name == field || s_kept.Contains(member.Name))
            {
                fail($"extraBody.{member.Name}", "is decided by the loop: budget and replay stand on it");
            }
        }

        return body.Clone();
    }

    private static SortedDictionary<string, HeaderSource>? Headers(JsonElement model, Action<string, string> fail)
    {
        if (!Has(model, "extraHeaders", out var headers))
        {
            return null;
        }

        if (headers.ValueKind != JsonValueKind.Object || headers.EnumerateObject().Count() > MostHeaders)
        {
            fail("extraHeaders", $"must be a mapping of at most {MostHeaders} headers: NAME: text, or NAME: {{ env: VARIABLE }}");
            return null;
        }

        var read = new SortedDictionary<string, HeaderSource>(StringComparer.OrdinalIgnoreCase);
        foreach (var header in headers.EnumerateObject())
        {
            if (HeaderFault(header.Name, header.Value, out var source) is { } fault)
            {
                fail($"extraHeaders.{header.Name}", fault);
            }
            else if (!read.TryAdd(header.Name, source!))
            {
                fail($"extraHeaders.{header.Name}", "is given twice");
            }
        }

        return read;
    }

    private static string? HeaderFault(string name, JsonElement value, out HeaderSource? source)
    {
        source = null;
        if (
            name.Length is 0 or > 64
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            || s_keptHeaders.Contains(name, StringComparer.OrdinalIgnoreCase)
        )
        {
            return "is no header that may be set";
        }

        if (
            value.ValueKind == JsonValueKind.Object
            && value.EnumerateObject().Count() == 1
            && value.TryGetProperty("env", out var env)
            && env.ValueKind == JsonValueKind.String
        )
        {
            var variable = env.GetString()!;
            source = new HeaderSource(Env: variable);
            return
                variable.Length is > 0 and <= 128
                && !char.IsAsciiDigit(variable[0])
                && variable.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
                ? null
                : "env must be the name of an environment variable, not the value itself";
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return "must be text, or { env: VARIABLE }";
        }

        // A value written here stands in files and ledgers: no secret may.
        if (s_secretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            return "looks like a secret: name the environment variable that holds it as { env: VARIABLE }";
        }

        var text = value.GetString()!;
        source = new HeaderSource(text);
        return text.Length <= MostHeader && text.All(c => c is >= ' ' and <= '~')
            ? null
            : "must be at most 1024 printable ASCII characters";
    }

    private static string? Text(JsonElement model, string key, Action<string, string> fail, Func<string, bool> fits, string must)
    {
        if (!Has(model, key, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && fits(text))
        {
            return text;
        }

        fail(key, must);
        return null;
    }

    private static double? Number(JsonElement model, string key, double min, double max, Action<string, string> fail)
    {
        if (!Has(model, key, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max)
        {
            return number;
        }

        fail(key, FormattableString.Invariant($"must be a number from {min} to {max}"));
        return null;
    }

    private static bool? Flag(JsonElement model, string key, Action<string, string> fail)
    {
        if (!Has(model, key, out var value))
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        fail(key, "must be true or false");
        return null;
    }

    private static bool Has(JsonElement model, string key, out JsonElement value) =>
        model.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
}
