using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

internal sealed class ListFilesTool : ITool
{
    private const int MostFiles = 20_000;
    private const int NoteRoom = 256;

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            "list_files",
            "List what is in a directory (directories end in /). With glob: every file below it whose path fits, for example *.py or src/**/test_*.py; ** alone lists all.",
            """
            {"type":"object","properties":{"path":{"type":"string"},"glob":{"type":"string","minLength":1,"maxLength":500}},"additionalProperties":false}
            """,
            EffectClass.Pure
        );

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        try
        {
            return ValueTask.FromResult(List(invocation));
        }
        catch (WorkspaceFileException fault)
        {
            return ValueTask.FromResult(ToolSchema.Error(fault));
        }
    }

    private static ToolResult List(ToolInvocation invocation)
    {
        var root = invocation.Arguments.OptionalText("path") ?? "";
        var glob = invocation.Arguments.OptionalText("glob");
        var paths = invocation.Workspace.Files.List(root, recursive: glob is not null, MostFiles);
        if (glob is null)
        {
            return Show(paths, paths.Count >= MostFiles);
        }

        // Without a slash it is about names at any depth, as models know it from their shells.
        if (!PathGlob.TryParse(glob.Contains('/', StringComparison.Ordinal) ? glob : $"**/{glob}", out var fits, out var fault))
        {
            return ToolSchema.Error($"'glob': {fault}");
        }

        // Below a path the glob may be about what is below it, or about the whole path: models write both.
        var prefix = root.Length == 0 ? 0 : root.Length + 1;
        return Show(
            [.. paths.Where(path => fits!.IsMatch(path) || (path.Length > prefix && fits.IsMatch(path.AsSpan(prefix))))],
            paths.Count >= MostFiles
        );
    }

    private static ToolResult Show(IReadOnlyList<string> paths, bool cut)
    {
        var text = new StringBuilder();
        var bytes = 0;
        var shown = 0;
        foreach (var path in paths)
        {
            // A line break in a name would otherwise look like two files.
            var line = path.Any(char.IsControl) ? System.Text.Json.JsonSerializer.Serialize(path) : path;
            bytes += Encoding.UTF8.GetByteCount(line) + 1;
            if (bytes > LineWindow.Limit - NoteRoom)
            {
                break;
            }

            text.Append(line).Append('\n');
            shown++;
        }

        if (shown < paths.Count)
        {
            text.Append($"[{paths.Count - shown} more: give a path or a narrower glob]");
        }
        else if (shown == 0)
        {
            text.Append("[no files]");
        }

        return ToolSchema.Ok(text.Append(cut ? $"\n[only the first {MostFiles} files were looked at]" : "").ToString());
    }
}
