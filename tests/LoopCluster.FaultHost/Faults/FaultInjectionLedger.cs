using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Faults;

/// <summary>A ledger whose every append is a point at which the process may die.</summary>
internal sealed class FaultInjectionLedger(IAuditedLedger inner, WritePoints points, Action<LedgerLine>? onDurable = null) : IAuditedLedger
{
    public ValueTask AppendAsync(LedgerLine line, CancellationToken cancellationToken) => AppendAsync(line, [], cancellationToken);

    public async ValueTask AppendAsync(LedgerLine line, IReadOnlyList<AuditRecord> records, CancellationToken cancellationToken)
    {
        var point = points.Begin();
        await inner.AppendAsync(line, records, cancellationToken);
        points.End(point);
        onDurable?.Invoke(line);
    }

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) => inner.ReadHeadAsync(loop, cancellationToken);

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) => inner.ReadAsync(loop, fromSeq, cancellationToken);

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);
}
