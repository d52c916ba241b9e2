using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Tools;

namespace LoopCluster.FaultHost.Witness;

/// <summary>Tells the witness of each call: <c>tool start CALL NAME</c>, <c>tool end CALL NAME</c>.</summary>
internal sealed class WitnessedTool(ITool inner, WitnessLog witness) : ITool
{
    public ToolDefinition Definition => inner.Definition;

    public bool UsesWorkspace => inner.UsesWorkspace;

    public async ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var call = invocation.State.NextCall!.Id;
        witness.Write(invocation.State.Id, $"tool start {call} {Definition.Name}");
        var result = await inner.RunAsync(invocation, cancellationToken);
        witness.Write(invocation.State.Id, $"tool end {call} {Definition.Name}");
        return result;
    }
}
