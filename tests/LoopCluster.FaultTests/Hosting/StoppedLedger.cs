using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultTests.Hosting;

/// <summary>
/// The ledger and the clock of a process that is stopped right after an entry with the chosen event is durable, and goes on when it is told
/// to, by when time has passed.
/// </summary>
internal sealed class StoppedLedger(ILoopLedger inner, string type) : TimeProvider, ILoopLedger
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _continued = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _passed;

    public Task Reached => _reached.Task;

    public void Continue(TimeSpan after)
    {
        Volatile.Write(ref _passed, (long)(after.TotalSeconds * TimestampFrequency));
        _continued.SetResult();
    }

    public override long GetTimestamp() => System.GetTimestamp() + Volatile.Read(ref _passed);

    public async ValueTask AppendAsync(
        LedgerLine line,
        LoopSummary? summary,
        IReadOnlyList<AuditRecord> records,
        CancellationToken cancellationToken
    )
    {
        await inner.AppendAsync(line, summary, records, cancellationToken);
        if (LedgerCodec.Read(line).Events.Any(happened => EventTypes.NameOf(happened) == type))
        {
            _reached.TrySetResult();
            await _continued.Task;
        }
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
