using LoopCluster.Engine.Reports;

namespace LoopCluster.Client.Answers;

/// <summary>Answer of <c>GET /v1/gates</c>: by name.</summary>
public sealed record GateList(IReadOnlyList<GateRecord> Gates);
