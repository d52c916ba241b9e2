using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

/// <summary>
/// A regular expression over the workspace's text files, line by line, in this process: no container, and no pattern can hang it.
/// </summary>
internal sealed class SearchTool(TimeProvider time) : ITool
{
    private const int MostFiles = 20_000;
    private const int LargestFile = 1024 * 1024;
    private const int LongestLine = 16 * 1024;
    private const int LongestShown = 300;
    private const int NoteRoom = 256;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            "search",
            "Find lines that match a regular expression, in all files or below path (a directory or a file). Returns path:line:text. "
                + "Case counts unless the pattern starts with (?i); look-around and back-references are not supported.",
            """
            {"type":"object","properties":{"pattern":{"type":"string","minLength":1,"maxLength":4096},"path":{"type":"string"}},"required":["pattern"],"additionalProperties":false}
            """,
            EffectClass.Pure
        );

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        if (!LinearRegex.TryCreate(invocation.Arguments.Text("pattern"), multiline: false, out var regex, out var error))
        {
            return ValueTask.FromResult(ToolSchema.Error($"'pattern': {error}"));
        }

        try
        {
            return ValueTask.FromResult(
                Search(invocation.Workspace.Files, regex, invocation.Arguments.OptionalText("path") ?? "", cancellationToken)
            );
        }
        catch (WorkspaceFileException fault)
        {
            return ValueTask.FromResult(ToolSchema.Error(fault));
        }
    }

    private ToolResult Search(IWorkspaceFiles files, Regex regex, string root, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var found = new ArrayBufferWriter<byte>(1024);
        var (skipped, stop) = (0, "");
        var paths = Paths(files, root, out var single);
        foreach (var path in paths)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!TryRead(files, path, single, out var content))
            {
                skipped++;
                continue;
            }

            stop = SearchFile(path, content, regex, found, started);
            if (stop.Length > 0)
            {
                break;
            }
        }

        stop = stop.Length == 0 && paths.Count >= MostFiles ? $"only the first {MostFiles} files were searched: give a path" : stop;
        var notes = new List<string>();
        if (found.WrittenCount == 0)
        {
            notes.Add($"[no line matches in {paths.Count} files]");
        }

        if (stop.Length > 0)
        {
            notes.Add($"[{stop}]");
        }

        if (skipped > 0)
        {
            notes.Add($"[{skipped} files were not searched: binary, over 1 MiB, links or unreadable]");
        }

        found.Write(Encoding.UTF8.GetBytes(string.Join('\n', notes)));
        return new ToolResult(ToolOutcome.Ok, found.WrittenMemory);
    }

    private static IReadOnlyList<string> Paths(IWorkspaceFiles files, string root, out bool single)
    {
        single = false;
        try
        {
            return files.List(root, recursive: true, MostFiles);
        }
        catch (WorkspaceFileException) when (root.Length > 0)
        {
            // Not a directory. Reading it as a file either works or says best what is wrong with it.
            single = true;
            return [root];
        }
    }

    private static bool TryRead(IWorkspaceFiles files, string path, bool single, out byte[] content)
    {
        try
        {
            content = files.Read(path, LargestFile);
            return !TextCut.LooksBinary(content);
        }
        catch (WorkspaceFileException) when (!single)
        {
            // Links, sockets and too long files are counted, and the count is told.
            content = [];
            return false;
        }
    }

    /// <summary>Why the search has to end here, or empty.</summary>
    private string SearchFile(string path, byte[] content, Regex regex, ArrayBufferWriter<byte> found, long started)
    {
        var chars = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(content.Length));
        try
        {
            ReadOnlySpan<char> rest = chars.AsSpan(0, Encoding.UTF8.GetChars(content, chars));
            for (var number = 1; !rest.IsEmpty; number++)
            {
                var feed = rest.IndexOf('\n');
                var line = (feed < 0 ? rest : rest[..feed]).TrimEnd('\r');
                rest = feed < 0 ? [] : rest[(feed + 1)..];
                if ((number & 0xFF) == 1 && time.GetElapsedTime(started) > Longest)
                {
                    return $"stopped after {Longest.TotalSeconds} s: give a path or a simpler pattern";
                }

                if (regex.IsMatch(line[..Math.Min(line.Length, LongestLine)]) && !TryShow($"{path}:{number}:", line, found))
                {
                    return "more lines match: narrow the pattern or give a path";
                }
            }

            return "";
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    private static bool TryShow(string place, ReadOnlySpan<char> line, ArrayBufferWriter<byte> found)
    {
        var shown =
            line.Length <= LongestShown ? line : line[..(char.IsHighSurrogate(line[LongestShown - 1]) ? LongestShown - 1 : LongestShown)];
        var bytes = Encoding.UTF8.GetBytes($"{place}{shown}{(shown.Length < line.Length ? " [...]" : "")}\n");
        if (found.WrittenCount + bytes.Length > LineWindow.Limit - NoteRoom)
        {
            return false;
        }

        found.Write(bytes);
        return true;
    }
}
