using System.Collections.Frozen;

namespace LoopCluster.Engine.Tools;

/// <summary>Names the engine itself has a rule for.</summary>
public static class ToolNames
{
    /// <summary>Runs a command in the sandbox.</summary>
    public const string Shell = "shell";

    /// <summary>Claims that the attempt is finished.</summary>
    public const string Done = "done";

    /// <summary>Reads on in an output that was cut.</summary>
    public const string ReadOutput = "read_output";

    /// <summary>Asks the explorer, where a loop has one.</summary>
    public const string Explore = "explore";

    /// <summary>Reads a skill that is not shown. Offered to loops that have skills.</summary>
    public const string ReadSkill = "read_skill";

    /// <summary>Says that a step of the plan is done. Offered to loops that have one.</summary>
    public const string StepDone = "step_done";

    /// <summary>Those that only look at files: what a judge may use.</summary>
    public static FrozenSet<string> Reading { get; } = FrozenSet.ToFrozenSet(["read_file", "list_files", "search"], StringComparer.Ordinal);

    /// <summary>
    /// The tools every loop has, which act on nothing but its workspace, sandbox and ledger. Without a policy these, and only these, are
    /// allowed.
    /// </summary>
    public static FrozenSet<string> BuiltIn { get; } =
        FrozenSet.ToFrozenSet(
            [Shell, "read_file", "write_file", "edit_file", "list_files", "search", ReadOutput, ReadSkill, StepDone, "note", Done],
            StringComparer.Ordinal
        );

    /// <summary>Allowed where no policy is given: those tools, and the question to the explorer, which only reads.</summary>
    public static bool IsOwn(string tool) => BuiltIn.Contains(tool) || tool == Explore;
}
