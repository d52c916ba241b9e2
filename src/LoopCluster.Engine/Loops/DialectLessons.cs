using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>
/// What a refusal teaches: the same request is tried once more without the parameter it names, or with the one it names instead. A lesson
/// is learned once, so that an endpoint that refuses everything is refused in turn. Facts and rule are replayed: resume and fork ask as the
/// loop has learned to.
/// </summary>
internal static class DialectLessons
{
    private const string MaxTokens = "max_tokens";
    private const string MaxCompletionTokens = "max_completion_tokens";

    /// <summary>Null when the refusal teaches nothing: the parameter was not sent, or has been changed before.</summary>
    public static ModelDialect? Learn(ModelDialect dialect, bool stream, RejectedParameter rejected)
    {
        var next = rejected.Name switch
        {
            _ when rejected.Name == (dialect.MaxTokensField ?? MaxTokens) => dialect with
            {
                MaxTokensField = rejected.Wanted ?? (rejected.Name == MaxTokens ? MaxCompletionTokens : MaxTokens),
            },
            "temperature" => dialect with { Temperature = null },
            "top_p" => dialect with { TopP = null },
            "reasoning_effort" => dialect with { ReasoningEffort = null },
            "tool_choice" => dialect with { ToolChoice = null },
            "parallel_tool_calls" => dialect with { ParallelToolCalls = null },
            "stream_options" when stream => dialect with { StreamUsage = false },
            "system" when dialect.SystemRole is null or "system" => dialect with { SystemRole = rejected.Wanted ?? "user" },
            "developer" when dialect.SystemRole == "developer" => dialect with { SystemRole = "user" },
            "extras" => dialect with { Extras = false },
            _ => dialect,
        };
        return next == dialect ? null : next;
    }
}
