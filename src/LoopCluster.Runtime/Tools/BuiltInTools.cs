using LoopCluster.Runtime.Skills;

namespace LoopCluster.Runtime.Tools;

/// <summary>The tools every loop has. They act on nothing but the loop's workspace, its sandbox and its ledger.</summary>
public static class BuiltInTools
{
    public static IReadOnlyList<ITool> Create(TimeProvider time, SkillLibraries? skills = null) =>
        [
            new ShellTool(),
            new ReadFileTool(),
            new WriteFileTool(),
            new EditFileTool(),
            new ListFilesTool(),
            new SearchTool(time),
            new ReadOutputTool(),
            new ReadSkillTool(skills),
            new StepDoneTool(),
            new NoteTool(),
            new DoneTool(),
        ];
}
