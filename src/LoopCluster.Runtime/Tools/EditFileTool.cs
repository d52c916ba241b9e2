using System.Text;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Tools;

/// <summary>
/// Replaces text that occurs exactly once. Works on bytes, so what it does not name stays as it is, whatever its encoding.
/// </summary>
internal sealed class EditFileTool : ITool
{
    private const int LargestFile = 8 * 1024 * 1024;

    public ToolDefinition Definition { get; } =
        ToolSchema.Define(
            "edit_file",
            "Replace text in a file. old must occur exactly once, with its exact whitespace: give enough lines around the place. new takes its place.",
            """
            {"type":"object","properties":{"path":{"type":"string","minLength":1},"old":{"type":"string","minLength":1},"new":{"type":"string"}},"required":["path","old","new"],"additionalProperties":false}
            """,
            EffectClass.Workspace
        );

    public ValueTask<ToolResult> RunAsync(ToolInvocation invocation, CancellationToken cancellationToken)
    {
        try
        {
            return ValueTask.FromResult(Edit(invocation));
        }
        catch (WorkspaceFileException fault)
        {
            return ValueTask.FromResult(ToolSchema.Error(fault));
        }
    }

    private static ToolResult Edit(ToolInvocation invocation)
    {
        var path = invocation.Arguments.Text("path");
        var old = Encoding.UTF8.GetBytes(invocation.Arguments.Text("old"));
        var replacement = Encoding.UTF8.GetBytes(invocation.Arguments.Text("new"));
        if (old.AsSpan().SequenceEqual(replacement))
        {
            return ToolSchema.Error("'old' and 'new' are the same: nothing would change");
        }

        var content = invocation.Workspace.Files.Read(path, LargestFile);
        var places = Find(content, old);
        var isWrittenOut = old.Contains((byte)'\r');
        if (places.Count == 0 && !isWrittenOut && content.AsSpan().IndexOf("\r\n"u8) >= 0)
        {
            // Models write line ends as \n, whatever the file has.
            old = LineEnds.ToCrLf(old);
            places = Find(content, old);
        }
        if (places.Count != 1)
        {
            return ToolSchema.Error(places.Count == 0 ? EditMiss.Describe(path, content, old) : DescribeMany(path, content, places));
        }

        var at = places[0];
        var ending = "";
        if (!isWrittenOut && LineEnds.IsCrLfAt(content, at) && LineEnds.HasBareLf(replacement))
        {
            replacement = LineEnds.ToCrLf(replacement);
            ending = LineEnds.HasBareLf(content)
                ? "; this file mixes line endings, the new lines end with CRLF as the one they stand at"
                : ", its CRLF line endings kept";
            if (old.AsSpan().SequenceEqual(replacement))
            {
                return ToolSchema.Error("'old' and 'new' are the same but for line endings: nothing would change");
            }
        }
        else if (replacement.AsSpan().IndexOf("\r\n"u8) >= 0 && LineEnds.HasBareLf(content))
        {
            ending = "; its line endings are now mixed, LF and CRLF";
        }

        invocation.Workspace.Files.Write(path, [.. content.AsSpan(0, at), .. replacement, .. content.AsSpan(at + old.Length)]);
        return ToolSchema.Ok($"edited {path} at line {Line(content, at)}{ending}");
    }

    /// <summary>Places may overlap: then it is not clear which one is meant. At most 20.</summary>
    private static List<int> Find(ReadOnlySpan<byte> content, ReadOnlySpan<byte> old)
    {
        var places = new List<int>();
        for (var from = 0; places.Count < 20 && content[from..].IndexOf(old) is >= 0 and var offset; from = places[^1] + 1)
        {
            places.Add(from + offset);
        }

        return places;
    }

    private static string DescribeMany(string path, byte[] content, List<int> places)
    {
        var lines = string.Join(", ", places.Select(place => Line(content, place)).Distinct());
        return $"'old' occurs {(places.Count == 20 ? "20 times or more" : $"{places.Count} times")} in {path}, at lines {lines}: give more lines around the one you mean";
    }

    private static int Line(ReadOnlySpan<byte> content, int at) => content[..at].Count((byte)'\n') + 1;
}
