using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Ports;

/// <summary>The append-only, fenced chain of each loop.</summary>
public interface ILoopLedger
{
    /// <summary>
    /// Appends one entry with what belongs to it; durable when the task completes. Entry <c>n</c> (from 1) must follow entry <c>n - 1</c>
    /// with its hash as <c>Prev</c>, and its epoch may not be lower than the head's. The same <c>seq</c> with the same hash again is
    /// success and adds nothing. Cancellation leaves the outcome open: the entry may or may not be there.
    /// </summary>
    /// <param name="line">The entry.</param>
    /// <param name="summary">The loop after this entry, for a driver that keeps its lists beside the chains; null leaves what the lists
    /// say.</param>
    /// <param name="records">
    /// Audit records that stand before the entry: the entry is never there without them. They may be there without it when the process dies
    /// in between, or another driver takes the loop at that moment: a decision that nobody acted on.
    /// </param>
    /// <param name="cancellationToken">Looked at before the entry is on its way.</param>
    /// <exception cref="Engine.Errors.LedgerConflictException">Another entry holds this <c>seq</c>, or the epoch is older than the
    /// head's.</exception>
    /// <exception cref="Engine.Errors.InfrastructureException">The write failed (<c>ledger-unavailable</c>); it is read back before
    /// anything else is written. <c>ledger-lost</c>: entries that were acknowledged are gone, and this one has nothing to follow; the loop
    /// may be taken up from what is left.</exception>
    ValueTask AppendAsync(LedgerLine line, LoopSummary? summary, IReadOnlyList<AuditRecord> records, CancellationToken cancellationToken);

    /// <summary>The last entry's address, or null for an unknown loop.</summary>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The loop's chain is broken.</exception>
    ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken);

    /// <summary>
    /// The entries from <paramref name="fromSeq"/> on, in order, chain-checked; ends at the head as it was when reading began.
    /// </summary>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The loop's chain is broken at the entry named.</exception>
    IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken);

    /// <summary>
    /// Done when entries 1 to <paramref name="through"/> are what was sealed, as far as that can be told without reading them: a driver
    /// whose storage others can write looks whether anybody did, and reads only what may have been changed. A driver that cannot tell says
    /// nothing.
    /// </summary>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The loop's chain is broken at the entry named.</exception>
    ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken);

    /// <summary>The loops that are broken, told as <see cref="RequireSoundAsync"/> tells it.</summary>
    IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken);

    /// <summary>Every loop that has an entry, newest first entry last.</summary>
    IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken);
}

/// <summary>Address of a chain's last entry.</summary>
public readonly record struct LedgerHead(long Seq, int Epoch, LedgerHash Hash);
