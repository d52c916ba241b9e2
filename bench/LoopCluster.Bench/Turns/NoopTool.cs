using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.Bench.Turns;

/// <summary>An in-process tool that does nothing.</summary>
internal sealed class NoopTool : ITool
{
    private static readonly byte[] Output = "ok"u8.ToArray();

    public ToolDefinition Definition { get; } = new("noop", "Does nothing.", JsonDocument.Parse("""{"type":"object","properties":{},"additionalProperties":false}""").RootElement);

    public bool UsesSandbox => false;

    public bool UsesWorkspace => false;

    public EffectClass ClassIn(LoopSpec spec) => EffectClass.Pure;

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken) => new(new ToolResult(ToolOutcome.Ok, Output));
}
