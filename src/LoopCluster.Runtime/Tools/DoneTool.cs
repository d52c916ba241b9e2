using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Runtime.Tools;

/// <summary>The model's claim that the attempt is finished. Only the gates decide whether it is.</summary>
internal sealed class DoneTool : ITool
{
    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            ToolNames.Done,
            "Say that the work is finished. The gates then run on a clean copy; their output comes back to you if one fails.",
            """
            {"type":"object","properties":{"summary":{"type":"string","maxLength":4000}},"required":["summary"],"additionalProperties":false}
            """,
            EffectClass.Pure
        );

    public bool UsesWorkspace => false;

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ToolSchema.Ok("the gates decide now"));
}
