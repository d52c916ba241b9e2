namespace LoopCluster.Runtime.Tools;

/// <summary>The tools every loop has. They act on nothing but the loop's workspace, its sandbox and its ledger.</summary>
public static class BuiltInTools
{
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
