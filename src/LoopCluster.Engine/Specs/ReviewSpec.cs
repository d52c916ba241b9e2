namespace LoopCluster.Engine.Specs;

/// <summary>What people look at after the fact.</summary>
/// <param name="Sample">The share of verified loops that goes into the review queue, 0 to 1.</param>
public sealed record ReviewSpec(double Sample);
