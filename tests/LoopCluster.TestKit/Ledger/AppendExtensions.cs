using LoopCluster.Engine.Ledger;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Ledger;

/// <summary>Appends that leave out what a test is not about.</summary>
public static class AppendExtensions
{
    public static ValueTask AppendAsync(this ILoopLedger ledger, LedgerLine line, CancellationToken cancellationToken) =>
        ledger.AppendAsync(line, null, [], cancellationToken);

    public static ValueTask AppendAsync(
        this ILoopLedger ledger,
        LedgerLine line,
        LoopSummary summary,
        CancellationToken cancellationToken
    ) => ledger.AppendAsync(line, summary, [], cancellationToken);

    public static ValueTask AppendAsync(
        this ILoopLedger ledger,
        LedgerLine line,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    ) => ledger.AppendAsync(line, null, records, cancellationToken);
}
