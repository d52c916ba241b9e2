using LoopCluster.Client.Answers;
using LoopCluster.Runtime.Reviews;

namespace LoopCluster.Api.Reviews;

/// <summary>Reviews as they are told.</summary>
public static class ReviewItems
{
    public static ReviewItem Of(ReviewedLoop loop)
    {
        ArgumentNullException.ThrowIfNull(loop);
        var (summary, report) = (loop.Record.Summary, loop.Record.Report!);
        return new ReviewItem(
            summary.Id.Value,
            summary.Tenant,
            summary.Goal,
            summary.Updated,
            report.Sampled,
            [.. report.Gates.Select(g => g.Name)],
            loop.Review is { } said ? new ReviewSaid(said.Verdict, said.Reason, said.By, said.At) : null
        );
    }
}
