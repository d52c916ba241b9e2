using System.Globalization;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Cluster.Hosting.Witness;

/// <summary>Tells the witness <c>entry SEQ EPOCH</c> of each append that was acknowledged.</summary>
internal sealed class WitnessedLedger(ILoopLedger inner, WitnessLog witness) : ILoopLedger
{
    public async ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    )
    {
        await inner.AppendAsync(line, summary, records, cancellationToken).ConfigureAwait(false);
        witness.Write(line.Loop, string.Create(CultureInfo.InvariantCulture, $"entry {line.Seq} {line.Epoch}"));
    }

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) =>
        inner.ReadHeadAsync(loop, cancellationToken);

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) =>
        inner.ReadAsync(loop, fromSeq, cancellationToken);

    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken) =>
        inner.RequireSoundAsync(loop, through, cancellationToken);

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => inner.ListDamagedAsync(cancellationToken);

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);
}
