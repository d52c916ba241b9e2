using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.File.Tests.Reads;

/// <summary>Counts how often a loop was read from.</summary>
internal sealed class CountingLedger(ILoopLedger inner) : ILoopLedger
{
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    public ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    ) => inner.AppendAsync(line, summary, records, cancellationToken);

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) =>
        inner.ReadHeadAsync(loop, cancellationToken);

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        return inner.ReadAsync(loop, fromSeq, cancellationToken);
    }

    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken) =>
        inner.RequireSoundAsync(loop, through, cancellationToken);

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => inner.ListDamagedAsync(cancellationToken);

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);
}
