using System.Text.Json;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Reports;

/// <summary>One attempt of a loop.</summary>
/// <param name="Action">The calls it made, in order, shortened.</param>
/// <param name="GateStatus">How the last gate that ran on it ended: <c>passed</c>, <c>failed</c>, <c>timeout</c>...; null when none
/// ran.</param>
/// <param name="Error">Why it failed: the gate's raw output, or the rule that was broken; null while it has not.</param>
public sealed record ReportAttempt(int Attempt, string Action, string? GateStatus, string? Error)
{
    public static ReportAttempt Of(AttemptTrace trace) =>
        new(
            trace.Attempt,
            string.Join(", ", trace.Actions) + (trace.Left == 0 ? "" : $" and {trace.Left} more"),
            trace.Gate is { } outcome ? JsonSerializer.SerializeToElement(outcome).GetString() : null,
            trace.Error
        );
}
