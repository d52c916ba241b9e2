using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Progress;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting.Reports;

namespace LoopCluster.Cli.Server;

/// <summary>Follows a loop that a server drives until it ends or waits for a person, as <see cref="LoopRun"/> does with one of this machine.</summary>
internal sealed class ServerRun(CommandContext context, LoopServer server)
{
    private readonly LoopTrack _track = new();
    private readonly ServerLedger _ledger = new(server);

    /// <returns>How the loop stands; null when a signal ended the command before the loop did.</returns>
    public async Task<LoopReport?> FollowAsync(LoopId loop, CancellationToken cancellationToken)
    {
        using var view = new ProgressView(context.Io);
        try
        {
            while (true)
            {
                await WatchAsync(loop, view, cancellationToken).ConfigureAwait(false);
                if (_track.State.IsTerminal || !context.Io.CanAsk || _track.State.Approval is not { } approval)
                {
                    return await server.ReportAsync(loop, cancellationToken).ConfigureAwait(false);
                }

                view.Pause(true);
                var answer = Question.Ask(context, approval);
                view.Pause(false);
                if (answer is null)
                {
                    return await server.ReportAsync(loop, cancellationToken).ConfigureAwait(false);
                }

                await server.SignalAsync(loop, answer, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            view.Dispose();
            context.Io.Note($"the loop goes on at the server; loop cancel {loop}{context.Hint} ends it");
            return null;
        }
    }

    private async Task WatchAsync(LoopId loop, ProgressView view, CancellationToken cancellationToken)
    {
        await foreach (var line in server.EventsAsync(loop, _track.NextSeq, follow: true, cancellationToken).ConfigureAwait(false))
        {
            var entry = await _track.AddAsync(_ledger, line, cancellationToken).ConfigureAwait(false);
            view.Show(entry, _track.State);
            if (IsAtRest(entry))
            {
                return;
            }
        }
    }

    private bool IsAtRest(LedgerEntry entry) =>
        _track.State.IsTerminal
        || (_track.State.Status == LoopStatus.Waiting && entry.Events.Any(e => e is ApprovalAsked))
        || (_track.State.Status is LoopStatus.Parked or LoopStatus.Paused && entry.Events[0] is not DriverStarted);
}
