using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

internal sealed class WriteFileTool : ITool
{
    public ToolDefinition Definition { get; } = ToolSchema.Define(
        "write_file",
        "Write a whole file of the workspace, new or over an old one; directories are made as needed. For a small change use edit_file.",
        """
        {"type":"object","properties":{"path":{"type":"string","minLength":1},"content":{"type":"string"}},"required":["path","content"],"additionalProperties":false}
        """);

    public bool UsesSandbox => false;

    public EffectClass ClassIn(LoopSpec spec) => EffectClass.Workspace;

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var path = invocation.Arguments.Text("path");
        var content = Encoding.UTF8.GetBytes(invocation.Arguments.Text("content"));
        try
        {
            invocation.Workspace.Files.Write(path, content);
            return ValueTask.FromResult(ToolSchema.Ok($"wrote {content.Length} bytes to {path}"));
        }
        catch (WorkspaceFileException fault)
        {
            return ValueTask.FromResult(ToolSchema.Error(fault));
        }
    }
}
