using System.Collections.Frozen;

namespace LoopCluster.Runtime.Tools;

/// <summary>The tools every loop has. They act on nothing but the loop's workspace, its sandbox and its ledger.</summary>
public static class BuiltInTools
{
    /// <summary>Their names; without a policy these, and only these, are allowed.</summary>
    public static FrozenSet<string> Names { get; } = FrozenSet.ToFrozenSet(
        ["shell", "read_file", "write_file", "edit_file", "list_files", "search", "read_output", "note", "done"], StringComparer.Ordinal);

    public static IReadOnlyList<ITool> Create(TimeProvider time) =>
    [
        new ShellTool(),
        new ReadFileTool(),
        new WriteFileTool(),
        new EditFileTool(),
        new ListFilesTool(),
        new SearchTool(time),
        new ReadOutputTool(),
        new NoteTool(),
        new DoneTool(),
    ];
}
