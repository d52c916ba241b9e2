namespace LoopCluster.Engine.Agents;

/// <param name="Url">Base of the replica.</param>
public sealed record ReplicaUse(string Url, DateTimeOffset At);
