using LoopCluster.Engine.Specs;

namespace LoopCluster.Models.OpenAI.Failures;

/// <summary>
/// Reads which parameter a refusal is about, and which it names instead: "Unsupported parameter: 'max_tokens' is not supported with this
/// model. Use 'max_completion_tokens' instead." What the loop makes of it is the engine's rule.
/// </summary>
internal static class Rejection
{
    private static readonly string[] _refusing =
    [
        "unsupported",
        "not supported",
        "isn't supported",
        "does not support",
        "doesn't support",
        "not permitted",
        "extra_forbidden",
        "not allowed",
        "unknown",
        "unrecognized",
        "unexpected",
        "not available",
        "not enabled",
        "only the default",
        "only supported",
        "are supported",
        "deprecated",
        "cannot be used",
        "invalid",
        "not a valid",
        "must be",
        "should be",
    ];

    /// <summary>The longest first: one name may be part of another.</summary>
    private static readonly string[] _parameters =
    [
        "parallel_tool_calls",
        "max_completion_tokens",
        "max_output_tokens",
        "max_new_tokens",
        "reasoning_effort",
        "stream_options",
        "include_usage",
        "tool_choice",
        "max_tokens",
        "temperature",
        "top_p",
    ];

    /// <summary>Members of a reply that some endpoints give and refuse to take back (Groq, Cerebras, Mistral).</summary>
    private static readonly string[] _extras =
    [
        "reasoning_content",
        "reasoning_details",
        "thinking_blocks",
        "provider_specific_fields",
        "extra_content",
        "thought_signature",
        "'reasoning'",
        "\"reasoning\"",
        "`reasoning`",
        ".reasoning",
    ];

    private static readonly string[] _limits = ["max_completion_tokens", "max_output_tokens", "max_new_tokens", "max_tokens"];

    public static RejectedParameter? Of(int status, ErrorBody error)
    {
        var text = error.Said;
        if (status is not (400 or 404 or 415 or 422 or 500 or 501) || !Says(text, _refusing))
        {
            return null;
        }

        if (Role(text, error.Parameter) is { } role)
        {
            return role;
        }

        // A server that breaks over a parameter is broken; one that cannot take a role fails in its template, and says 500.
        if (status == 500)
        {
            return null;
        }

        // The one that is named as wrong comes first in the text; the one to use instead follows.
        var name = _parameters.FirstOrDefault(p => p == error.Parameter) ?? Earliest(text, _parameters);
        if (name is null)
        {
            return Says(text, _extras) && !Says(text, ["missing", "must be passed", "must be provided", "required"])
                ? new RejectedParameter("extras")
                : null;
        }

        var wanted = _limits.Contains(name) ? _limits.FirstOrDefault(other => other != name && Names(text, other, name)) : null;
        return new RejectedParameter(name == "include_usage" ? "stream_options" : name, wanted);
    }

    /// <summary>OpenAI's older reasoning models, templates of Gemma and Mistral, Azure: no role like this.</summary>
    private static RejectedParameter? Role(string text, string? parameter)
    {
        var speaksOfRoles =
            text.Contains("role", StringComparison.OrdinalIgnoreCase)
            || parameter?.EndsWith(".role", StringComparison.Ordinal) == true
            || text.Contains("instruction is not enabled", StringComparison.OrdinalIgnoreCase);
        if (!speaksOfRoles)
        {
            return null;
        }

        var system = IndexOf(text, "system");
        var developer = IndexOf(text, "developer");
        if (system < 0 && developer < 0)
        {
            return
                text.Contains("only user and assistant roles", StringComparison.OrdinalIgnoreCase)
                || text.Contains("roles must alternate user/assistant", StringComparison.OrdinalIgnoreCase)
                ? new RejectedParameter("system", "user")
                : null;
        }

        // "Use 'developer' instead of 'system'" has it the other way round; both are about the role that was sent.
        return developer < 0 ? new RejectedParameter("system")
            : system < 0 ? new RejectedParameter("developer")
            : system < developer ? new RejectedParameter("system", "developer")
            : new RejectedParameter("developer", "system");
    }

    private static string? Earliest(string text, string[] names) =>
        names
            .Select(name => (Name: name, At: IndexOf(text, name)))
            .Where(n => n.At >= 0)
            .OrderBy(n => n.At)
            .ThenByDescending(n => n.Name.Length)
            .Select(n => n.Name)
            .FirstOrDefault();

    /// <summary>The other name stands in the text by itself, not only inside the first.</summary>
    private static bool Names(string text, string other, string first) =>
        text.Replace(first, "", StringComparison.OrdinalIgnoreCase).Contains(other, StringComparison.OrdinalIgnoreCase);

    private static bool Says(string text, string[] words) => words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static int IndexOf(string text, string word) => text.IndexOf(word, StringComparison.OrdinalIgnoreCase);
}
