using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Runtime.Tools;

/// <summary>Says that a step of the plan is done. The driver carries it out: a step's gate needs a clean room, as gates do.</summary>
internal sealed class StepDoneTool : ITool
{
    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            ToolNames.StepDone,
            "Say that a step of the plan is done, by its id. If the step has a gate it is run on a clean checkout of your change, and you get its output; the step is done when it passes.",
            """
            {"type":"object","properties":{"step":{"type":"string","minLength":1,"maxLength":40}},"required":["step"],"additionalProperties":false}
            """,
            EffectClass.Pure,
            sandbox: true
        );

    public bool UsesWorkspace => false;

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken) =>
        ValueTask.FromResult(ToolSchema.Error("this loop has no plan"));
}
