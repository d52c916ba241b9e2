using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

internal sealed class WriteFileTool : ITool
{
    private const int LargestFile = 8 * 1024 * 1024;

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            "write_file",
            "Write a whole file of the workspace, new or over an old one; directories are made as needed. For a small change use edit_file.",
            """
            {"type":"object","properties":{"path":{"type":"string","minLength":1},"content":{"type":"string"}},"required":["path","content"],"additionalProperties":false}
            """,
            EffectClass.Workspace
        );

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        try
        {
            return ValueTask.FromResult(
                Write(
                    invocation.Workspace.Files,
                    invocation.Arguments.Text("path"),
                    Encoding.UTF8.GetBytes(invocation.Arguments.Text("content"))
                )
            );
        }
        catch (WorkspaceFileException fault)
        {
            return ValueTask.FromResult(ToolSchema.Error(fault));
        }
    }

    private static ToolResult Write(IWorkspaceFiles files, string path, byte[] content)
    {
        var twin = files.TwinOf(path);
        var (ended, note) = twin is null && Before(files, path) is { } before ? LineEnds.AsBefore(before, content) : (content, "");
        files.Write(path, ended);
        note += twin is null
            ? ""
            : $". Beside it there is {twin}: if you meant that one, write to its exact name and remove this one; many systems take both for one file";
        return ToolSchema.Ok($"wrote {ended.Length} bytes to {path}{note}");
    }

    /// <summary>The file's text before, when there is one whose line ends can be told.</summary>
    private static byte[]? Before(IWorkspaceFiles files, string path)
    {
        try
        {
            var before = files.Read(path, LargestFile);
            return TextCut.LooksBinary(before) ? null : before;
        }
        catch (WorkspaceFileException)
        {
            // A new file, or one that writing itself says best what is wrong with.
            return null;
        }
    }
}
