using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Ports;

/// <summary>What lists are read from: a summary of each loop, beside its chain and never the truth.</summary>
public interface IReadModel
{
    /// <summary>How the loop stands, or null for an unknown one. A damaged loop says so.</summary>
    ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>One page, newest first. Each summary is its loop's own: a status never differs from what the chain says.</summary>
    ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken);
}
