using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Reviews;

/// <summary>What a person said of a verified loop.</summary>
public sealed record LoopReview(ReviewVerdict Verdict, string? Reason, string By, DateTimeOffset At);

/// <summary>A verified loop to look at.</summary>
/// <param name="Review">The newest; null while nobody has said anything.</param>
public sealed record ReviewedLoop(LoopRecord Record, LoopReview? Review);
