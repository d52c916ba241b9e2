using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Reports;

/// <summary>What a loop waits for, and since when.</summary>
/// <param name="Kind"><c>tool</c> or <c>change</c>: an answer of a person; <c>model</c>, <c>sandbox</c> or <c>gate</c>: an outage's end;
/// <c>person</c>: the end of a pause; <c>admission</c>: a place.</param>
public sealed record ReportWaiting(string Kind)
{
    /// <summary>The entry that asked; an answer names it. 0 when nothing is to be answered.</summary>
    public long Seq { get; init; }

    public string? Tool { get; init; }

    /// <summary>The exact arguments.</summary>
    public string? Arguments { get; init; }

    public string? Tree { get; init; }

    public string? Rule { get; init; }

    /// <summary>Of a change whose gates are green: what a person has to weigh all the same.</summary>
    public IReadOnlyList<string>? Reasons { get; init; }

    public DateTimeOffset? Since { get; init; }

    /// <summary>Of an outage that is being waited for.</summary>
    public DateTimeOffset? NextTry { get; init; }

    /// <summary>When patience ends and the loop is parked.</summary>
    public DateTimeOffset? Until { get; init; }

    public int? Tries { get; init; }

    public string? Reason { get; init; }

    public static ReportWaiting? Of(LoopState state) =>
        state switch
        {
            { Status: LoopStatus.Waiting, Approval: { } approval } => new ReportWaiting(
                JsonSerializer.SerializeToElement(approval.Asked.Kind).GetString()!
            )
            {
                Seq = approval.Seq,
                Tool = approval.Asked.Tool,
                Arguments = approval.Asked.Arguments,
                Tree = approval.Asked.Tree,
                Rule = approval.Asked.Rule,
                Reasons = approval.Asked.Reasons,
            },
            { Status: LoopStatus.Queued, Queued: { } queued } => new ReportWaiting("admission")
            {
                Since = state.CreatedAt,
                Reason = FormattableString.Invariant($"the tenant may run {queued.Limit} {(queued.Limit == 1 ? "loop" : "loops")} at once"),
            },
            { Status: LoopStatus.Paused } => new ReportWaiting("person") { Since = state.UpdatedAt, Reason = state.StopReason },
            { Status: LoopStatus.Running or LoopStatus.Parked, Outage: { } outage } => new ReportWaiting(
                JsonSerializer.SerializeToElement(outage.Of).GetString()!
            )
            {
                Since = outage.Since,
                NextTry = state.Status == LoopStatus.Running ? outage.NextTry : null,
                Until = state.Status == LoopStatus.Running ? outage.Since + state.Spec.Patience.Value : null,
                Tries = outage.Failures,
                Reason = outage.Message,
            },
            { Status: LoopStatus.Parked } => new ReportWaiting("model") { Since = state.UpdatedAt, Reason = state.StopReason },
            _ => null,
        };
}
