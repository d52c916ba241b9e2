using LoopCluster.Engine.Ledger;

namespace LoopCluster.Runtime.Ports;

/// <summary>A ledger that can make audit records durable with an entry, so that a decision and the intent it allows wait for the disk once.</summary>
public interface IAuditedLedger : ILoopLedger
{
    /// <summary>
    /// As <see cref="ILoopLedger.AppendAsync"/>, with audit records that stand before the entry: the entry is never there without them. When the
    /// entry is refused, or was there already, no record is added, so repeating the call repeats nothing.
    /// </summary>
    ValueTask AppendAsync(LedgerLine line, IReadOnlyList<AuditRecord> records, CancellationToken cancellationToken);
}
