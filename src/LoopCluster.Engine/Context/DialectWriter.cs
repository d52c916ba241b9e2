using System.Text.Json;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Context;

/// <summary>Writes the members of a request in which models differ. Without a dialect the bytes are as they always were.</summary>
internal static class DialectWriter
{
    public static void WriteLimits(Utf8JsonWriter writer, ModelDialect dialect, int maxTokens)
    {
        writer.WriteNumber(dialect.MaxTokensField ?? "max_tokens", maxTokens);
        if (dialect.Temperature is { } temperature)
        {
            writer.WriteNumber("temperature"u8, temperature);
        }

        if (dialect.TopP is { } topP)
        {
            writer.WriteNumber("top_p"u8, topP);
        }

        if (dialect.ReasoningEffort is { } effort)
        {
            writer.WriteString("reasoning_effort"u8, effort);
        }
    }

    public static void WriteStream(Utf8JsonWriter writer, ModelDialect dialect)
    {
        writer.WriteBoolean("stream"u8, true);
        if (dialect.StreamUsage ?? true)
        {
            writer.WriteStartObject("stream_options"u8);
            writer.WriteBoolean("include_usage"u8, true);
            writer.WriteEndObject();
        }
    }

    /// <summary>The system's message, where there is such a role.</summary>
    /// <returns>Messages written, and the first user message.</returns>
    public static (int Said, string First) WriteSystem(Utf8JsonWriter writer, ModelDialect dialect, string system, string first)
    {
        if (dialect.SystemRole == "user")
        {
            return (0, $"{system}\n\n{first}");
        }

        ContextBuilder.WriteMessage(writer, dialect.SystemRole == "developer" ? "developer"u8 : "system"u8, system);
        return (1, first);
    }

    public static void WriteToolUse(Utf8JsonWriter writer, ModelDialect dialect, int tools)
    {
        if (tools == 0)
        {
            return;
        }

        if (dialect.ToolChoice is { } choice)
        {
            writer.WriteString("tool_choice"u8, choice);
        }

        if (dialect.ParallelToolCalls is { } parallel)
        {
            writer.WriteBoolean("parallel_tool_calls"u8, parallel);
        }
    }

    public static void WriteExtraBody(Utf8JsonWriter writer, ModelDialect dialect)
    {
        foreach (var member in dialect.ExtraBody?.EnumerateObject().ToArray() ?? [])
        {
            // The limit's name may have been learned after the dialect was checked.
            if (member.Name != (dialect.MaxTokensField ?? "max_tokens"))
            {
                member.WriteTo(writer);
            }
        }
    }
}
