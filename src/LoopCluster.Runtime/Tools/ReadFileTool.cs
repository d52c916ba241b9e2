using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

internal sealed class ReadFileTool : ITool
{
    private const int LargestFile = 16 * 1024 * 1024;

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            "read_file",
            "Read a text file of the workspace, exactly as it is. Shows at most 8 KiB; a first line in brackets then says which lines they are and how to read on. "
                + "start and end are line numbers from 1, both included.",
            """
            {"type":"object","properties":{"path":{"type":"string","minLength":1},"start":{"type":"integer","minimum":1},"end":{"type":"integer","minimum":1}},"required":["path"],"additionalProperties":false}
            """,
            EffectClass.Pure
        );

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var arguments = invocation.Arguments;
        try
        {
            var path = arguments.Text("path");
            var content = invocation.Workspace.Files.Read(path, LargestFile);
            return ValueTask.FromResult(
                TextCut.LooksBinary(content)
                    ? ToolSchema.Error($"'{path}' is binary ({content.Length} bytes): look at it with shell, for example with od -c")
                    : LineWindow.Show(content, arguments.OptionalInteger("start"), arguments.OptionalInteger("end"), int.MaxValue)
            );
        }
        catch (WorkspaceFileException fault)
        {
            return ValueTask.FromResult(ToolSchema.Error(fault));
        }
    }
}
