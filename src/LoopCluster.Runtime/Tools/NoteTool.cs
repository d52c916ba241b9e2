using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Runtime.Tools;

/// <summary>Keeps a sentence in the ledger, in sight of every later attempt.</summary>
internal sealed class NoteTool : ITool
{
    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            "note",
            "Keep a short finding that later attempts must not forget. It stays in your context when older turns are dropped.",
            """
            {"type":"object","properties":{"text":{"type":"string","minLength":1,"maxLength":2000}},"required":["text"],"additionalProperties":false}
            """,
            EffectClass.Pure
        );

    public bool UsesWorkspace => false;

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ToolSchema.Ok("kept") with { Note = invocation.Arguments.Text("text") });
}
