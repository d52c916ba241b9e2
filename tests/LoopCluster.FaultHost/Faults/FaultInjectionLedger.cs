using System.Globalization;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Faults;

/// <summary>
/// A ledger whose every append is a point at which the process may die. Tells the witness <c>entry SEQ TYPES</c> of each durable one.
/// </summary>
internal sealed class FaultInjectionLedger(ILoopLedger inner, WritePoints points, WitnessLog witness) : ILoopLedger
{
    public async ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    )
    {
        var chosen = points.Begin(TypesOf(line));
        await inner.AppendAsync(line, summary, records, cancellationToken);
        WritePoints.End(chosen);
        witness.Write(line.Loop, string.Create(CultureInfo.InvariantCulture, $"entry {line.Seq} {string.Join(',', TypesOf(line))}"));
    }

    public ValueTask<LedgerHead?> ReadHeadAsync(LoopId loop, CancellationToken cancellationToken) =>
        inner.ReadHeadAsync(loop, cancellationToken);

    public IAsyncEnumerable<LedgerLine> ReadAsync(LoopId loop, long fromSeq, CancellationToken cancellationToken) =>
        inner.ReadAsync(loop, fromSeq, cancellationToken);

    public ValueTask RequireSoundAsync(LoopId loop, long through, CancellationToken cancellationToken) =>
        inner.RequireSoundAsync(loop, through, cancellationToken);

    public IAsyncEnumerable<LoopId> ListDamagedAsync(CancellationToken cancellationToken) => inner.ListDamagedAsync(cancellationToken);

    public IAsyncEnumerable<LoopId> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private static IEnumerable<string> TypesOf(LedgerLine line) => LedgerCodec.Read(line).Events.Select(EventTypes.NameOf);
}
