using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Bench.Turns;

/// <summary>An in-process tool that does nothing.</summary>
internal sealed class NoopTool : ITool
{
    private static readonly byte[] Output = "ok"u8.ToArray();

    public ToolDefinition Definition { get; } =
        new(
            "noop",
            "Does nothing.",
            JsonDocument.Parse("""{"type":"object","properties":{},"additionalProperties":false}""").RootElement,
            EffectClass.Pure
        );

    public bool UsesWorkspace => false;

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken) =>
        new(new ToolResult(ToolOutcome.Ok, Output));
}
