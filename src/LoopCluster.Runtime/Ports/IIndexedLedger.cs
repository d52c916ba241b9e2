using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Ports;

/// <summary>A ledger that keeps a summary beside each chain, so that lists read no loop.</summary>
public interface IIndexedLedger : ILoopLedger
{
    /// <summary>
    /// As <see cref="ILoopLedger.AppendAsync"/>; the summary is the loop's after this entry and durable with it. An entry appended without one leaves the last summary.
    /// </summary>
    ValueTask AppendAsync(LedgerLine line, LoopSummary summary, CancellationToken cancellationToken);

    /// <summary>The summary as of the last entry that came with one, or null for an unknown loop.</summary>
    ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>One page, newest first. Each summary is its loop's own: a status never differs from what the chain says.</summary>
    ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken);
}

public static class IndexedLedgerExtensions
{
    /// <summary>Appends, and keeps <paramref name="after"/>'s summary with the entry where the ledger keeps summaries.</summary>
    public static ValueTask AppendAsync(this ILoopLedger ledger, LedgerLine line, LoopState after, CancellationToken cancellationToken) =>
        ledger is IIndexedLedger indexed ? indexed.AppendAsync(line, LoopSummary.Of(after), cancellationToken) : ledger.AppendAsync(line, cancellationToken);
}
