using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Runtime.Ports;

/// <summary>What the servers of a model's replicas say of their load.</summary>
public interface IReplicaLoads
{
    /// <summary>
    /// One for each replica, in their order, a moment old at most. A server that says nothing has no load. Never throws for what a server
    /// does, and waits for none longer than a moment.
    /// </summary>
    ValueTask<IReadOnlyList<ReplicaLoad>> ReadAsync(ModelBinding model, CancellationToken cancellationToken);
}
