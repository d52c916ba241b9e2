using System.Globalization;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Cluster.Hosting.Witness;

/// <summary>Tells the witness <c>entry SEQ EPOCH</c> of each append that was acknowledged.</summary>
internal sealed class WitnessedLedger(IIndexedLedger inner, WitnessLog witness) : IIndexedLedger
{
    public async ValueTask AppendAsync(LedgerLine line, CancellationToken cancellationToken)
    {
        await inner.AppendAsync(line, cancellationToken).ConfigureAwait(false);
        Tell(line);
    }

    public async ValueTask AppendAsync(LedgerLine line, LoopSummary summary, CancellationToken cancellationToken)
    {
        await inner.AppendAsync(line, summary, cancellationToken).ConfigureAwait(false);
        Tell(line);
    }

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) => inner.ReadHeadAsync(loop, cancellationToken);

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) => inner.ReadAsync(loop, fromSeq, cancellationToken);

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    public ValueTask<LoopSummary?> FindAsync(LoopId loop, CancellationToken cancellationToken) => inner.FindAsync(loop, cancellationToken);

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) => inner.ListAsync(query, cancellationToken);

    private void Tell(in LedgerLine line) => witness.Write(line.Loop, string.Create(CultureInfo.InvariantCulture, $"entry {line.Seq} {line.Epoch}"));
}
