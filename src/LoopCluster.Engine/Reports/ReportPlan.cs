using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Plans;

namespace LoopCluster.Engine.Reports;

/// <summary>The plan of a loop, and how far it is.</summary>
/// <param name="Done">Steps that are done.</param>
public sealed record ReportPlan(int Done, IReadOnlyList<ReportStep> Steps)
{
    public static ReportPlan? Of(LoopState state) =>
        state.Planning is { Steps: { } steps } plan
            ? new ReportPlan(
                plan.Done,
                [
                    .. steps.Select(s => new ReportStep(
                        s.Id,
                        s.Title,
                        plan.IsDone(s.Id),
                        PlanText.StateOf(plan, s),
                        s.Check,
                        s.Gate,
                        s.Needs ?? [],
                        s.Files ?? []
                    )),
                ]
            )
            : null;
}

/// <param name="State">In words: <c>done</c>, <c>open</c>, what it waits for, or that its gate failed.</param>
public sealed record ReportStep(
    string Id,
    string Title,
    bool Done,
    string State,
    string Check,
    string? Gate,
    IReadOnlyList<string> Needs,
    IReadOnlyList<string> Files
);
