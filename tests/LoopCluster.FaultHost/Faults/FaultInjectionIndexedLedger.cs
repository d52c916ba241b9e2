using System.Globalization;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Faults;

/// <summary>As <see cref="FaultInjectionLedger"/>, for a ledger with an index.</summary>
internal sealed class FaultInjectionIndexedLedger(IIndexedLedger inner, WritePoints points, WitnessLog witness) : IIndexedLedger
{
    public ValueTask AppendAsync(LedgerLine line, CancellationToken cancellationToken) => AppendAsync(line, () => inner.AppendAsync(line, cancellationToken));

    public ValueTask AppendAsync(LedgerLine line, LoopSummary summary, CancellationToken cancellationToken) =>
        AppendAsync(line, () => inner.AppendAsync(line, summary, cancellationToken));

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) => inner.ReadHeadAsync(loop, cancellationToken);

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) => inner.ReadAsync(loop, fromSeq, cancellationToken);

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    public ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken) => inner.FindAsync(loop, cancellationToken);

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    private async ValueTask AppendAsync(LedgerLine line, Func<ValueTask> append)
    {
        var types = LedgerCodec.Read(line).Events.Select(EventTypes.NameOf).ToArray();
        var chosen = points.Begin(types);
        await append();
        WritePoints.End(chosen);
        witness.Write(line.Loop, string.Create(CultureInfo.InvariantCulture, $"entry {line.Seq} {string.Join(',', types)}"));
    }
}
