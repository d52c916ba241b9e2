namespace LoopCluster.Client.Answers;

/// <summary>Answer of <c>GET /healthz</c>.</summary>
/// <param name="Status"><c>alive</c>.</param>
public sealed record LifeReport(string Status);

/// <summary>Answer of <c>GET /readyz</c>.</summary>
/// <param name="Status"><c>ready</c> or <c>not-ready</c>.</param>
public sealed record ReadinessReport(string Status, IReadOnlyList<ReadinessItem> Checks);

/// <param name="Code">Why it is not; null when it is.</param>
public sealed record ReadinessItem(string Name, bool Ok, string? Code);
