using LoopCluster.Engine.Reports;

namespace LoopCluster.Client.Answers;

/// <summary>Answer of <c>GET /v1/reviews</c>: newest first.</summary>
public sealed record ReviewList(IReadOnlyList<ReviewItem> Reviews);

/// <summary>A verified loop that people look at.</summary>
/// <param name="Sampled">The spec's <c>review.sample</c> chose it; else somebody reviewed it unasked.</param>
/// <param name="Gates">Names of the gates that passed it.</param>
/// <param name="Review">The newest; null while nobody has said anything.</param>
public sealed record ReviewItem(
    string Id,
    string Tenant,
    string? Goal,
    DateTimeOffset Verified,
    bool Sampled,
    IReadOnlyList<string> Gates,
    ReviewSaid? Review
);

/// <summary>What a person said.</summary>
public sealed record ReviewSaid(ReviewVerdict Verdict, string? Reason, string By, DateTimeOffset At);
