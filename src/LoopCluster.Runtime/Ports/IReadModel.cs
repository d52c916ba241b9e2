using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Ports;

/// <summary>
/// Where the records of loops are kept, so that lists and reports read no ledger. Never the truth: it can be thrown away at any time and is
/// made anew from the ledger. No loop fails because of it.
/// </summary>
/// <exception cref="Engine.Errors.InfrastructureException"><c>read-model-unavailable</c>, from every member: nothing can be kept or found
/// now.</exception>
public interface IReadModel
{
    /// <summary>The loop as lists show it, or null when nothing is kept of it.</summary>
    ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>One page as lists show it, newest first.</summary>
    ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// The record of a loop as of entry <paramref name="atLeast"/> or a later one; null when there is none, or one that is behind.
    /// </summary>
    ValueTask<LoopRecord?> ReadAsync(LoopId loop, long atLeast, CancellationToken cancellationToken);

    /// <summary>The entry each record stands at.</summary>
    IAsyncEnumerable<RecordPlace> ListPlacesAsync(CancellationToken cancellationToken);

    /// <summary>Keeps records, all of these or none where the store can. One that is older than what is kept changes nothing.</summary>
    ValueTask WriteAsync(IReadOnlyList<LoopRecord> records, CancellationToken cancellationToken);

    /// <summary>Drops what is kept of these loops.</summary>
    ValueTask RemoveAsync(IReadOnlyList<LoopId> loops, CancellationToken cancellationToken);
}

/// <summary>The entry a record stands at, and its hash.</summary>
/// <param name="Parent">Of a fork the loop it was made from.</param>
public readonly record struct RecordPlace(LoopId Loop, long Seq, string Head, LoopId? Parent = null);
