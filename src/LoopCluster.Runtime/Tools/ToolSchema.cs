using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

/// <summary>Short forms the built-in tools are written with.</summary>
internal static class ToolSchema
{
    public static ToolDefinition Define(string name, string description, string parameters, EffectClass effect, bool sandbox = false) =>
        new(name, description, JsonElement.Parse(parameters), effect, sandbox);

    public static ToolResult Ok(string text) => new(ToolOutcome.Ok, Encoding.UTF8.GetBytes(text));

    /// <summary>The model asked for what cannot be done, and is told how to mend it.</summary>
    public static ToolResult Error(string text) => new(ToolOutcome.Error, Encoding.UTF8.GetBytes($"error: {text}"));

    public static ToolResult Error(WorkspaceFileException fault) => Error(fault.Message);

    public static string Text(this JsonElement arguments, string name) => arguments.GetProperty(name).GetString()!;

    /// <summary>Null when the argument is absent or null.</summary>
    public static string? OptionalText(this JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) ? value.GetString() : null;

    /// <inheritdoc cref="OptionalText"/>
    public static int? OptionalInteger(this JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? (int)Math.Min(value.GetInt64(), int.MaxValue)
            : null;
}
