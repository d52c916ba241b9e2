using LoopCluster.Engine.Events;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Plans;

/// <summary>What a planner is asked for, and the plan as the maker sees it.</summary>
internal static class PlanText
{
    public const string Intro = """
        You plan the work on the files in /workspace. Another model will carry the plan out with tools for reading, editing and running commands.

        Answer with one JSON object and nothing else, no text around it:
        {"steps": [{"id": "parse", "title": "what is done in this step", "check": "how one sees that it is done",
                    "needs": ["ids of steps that have to be done before"], "gate": "a command that ends with exit code 0 when it is done", "files": ["src/parse.py"]}]}
        'id' (a-z, 0-9, -), 'title' and 'check' are there in every step; 'needs', 'gate' and 'files' may be left out; there are no other members. Steps must not wait for each other in a circle.
        Make few steps, each of which can be checked by itself. A gate runs in a sandbox on a clean checkout of the change, without a network.
        """;

    /// <summary>To the planner whose reply was none.</summary>
    public static string Again(string fault) =>
        $"Your reply is no plan that can be used: {fault}. Answer again, with the whole plan as one JSON object.";

    public const string Title =
        $"The plan (call `{ToolNames.StepDone}` when a step is done; where it has a gate, that is run and must pass). The gates of the task decide, not the plan";

    /// <summary>One line a step.</summary>
    public static IReadOnlyList<string> Lines(Planning planning) =>
        [.. (planning.Steps ?? []).Select(s => $"[{StateOf(planning, s)}] {s.Id}: {s.Title}. Check: {s.Check}{Gate(s)}{Files(s)}")];

    public static string StateOf(Planning planning, PlanStep step) =>
        planning.IsDone(step.Id) ? "done"
        : planning.WaitsFor(step) is { Count: > 0 } before ? $"waits for {string.Join(", ", before)}"
        : planning.Checks.ContainsKey(step.Id) ? "its gate failed last"
        : "open";

    private static string Gate(PlanStep step) => step.Gate is { } gate ? $". Gate: `{gate.ReplaceLineEndings("; ")}`" : "";

    private static string Files(PlanStep step) => step.Files is { } files ? $". Files: {string.Join(", ", files)}" : "";
}
