using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Sessions;

/// <summary>A loop as its entries tell it: the fold, taken in one pass.</summary>
internal sealed class LoopTrack
{
    private LoopState? _state;

    /// <summary>After the last entry taken.</summary>
    public LoopState State => _state ?? throw new InvalidOperationException("no entry was taken yet");

    public long NextSeq => (_state?.Seq ?? 0) + 1;

    /// <param name="ledger">Where a fork's parents are.</param>
    public async ValueTask<LedgerEntry> AddAsync(ILoopLedger ledger, LedgerLine line, CancellationToken cancellationToken)
    {
        var entry = LedgerCodec.Read(line);
        _state = _state is null
            ? await new LoopLoader(ledger).BeginAsync(entry, cancellationToken).ConfigureAwait(false)
            : LoopFold.Apply(_state, entry);
        return _state.Fault is { } fault
            ? throw new LedgerCorruptException($"entry {entry.Seq} of loop {entry.Loop}: {fault}", null, entry.Seq)
            : entry;
    }

    /// <summary>
    /// Ended, parked or paused by the last entry, or waiting since it: a driver that starts in order to take an answer finds the question
    /// still open.
    /// </summary>
    /// <param name="history">Entries that were there before somebody acted on the loop.</param>
    public bool IsAtRest(LedgerEntry entry, long history) =>
        entry.Seq >= history
        && (
            State.IsTerminal
            || (State.Status == LoopStatus.Waiting && (entry.Seq == history || entry.Events.Any(e => e is ApprovalAsked)))
            || (State.Status is LoopStatus.Parked or LoopStatus.Paused && entry.Seq > history && entry.Events[0] is not DriverStarted)
        );

    public LoopReport Report(Func<LoopId, string> proofFile) => LoopReport.Of(State, proofFile);
}
