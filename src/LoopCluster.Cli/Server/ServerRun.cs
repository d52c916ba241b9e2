using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Progress;
using LoopCluster.Cli.Sessions;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Cli.Server;

/// <summary>
/// Follows a loop that a server drives until it ends or waits for a person, as <see cref="LoopRun"/> does with one of this machine.
/// </summary>
internal sealed class ServerRun(CommandContext context, ServerLoops server, string prefix = "")
{
    private readonly LoopTrack _track = new();
    private readonly ServerLedger _ledger = new(server.Api);

    /// <param name="history">Entries that were there before: they are not shown again, and what they waited for may have been
    /// answered.</param>
    /// <returns>How the loop stands; null when a signal ended the command before the loop did.</returns>
    public async Task<LoopReport?> FollowAsync(LoopId loop, CancellationToken cancellationToken, long history = 0)
    {
        using var view = new ProgressView(context.Io, prefix);
        try
        {
            while (true)
            {
                await WatchAsync(loop, view, history, cancellationToken).ConfigureAwait(false);
                if (_track.State.IsTerminal || !context.Io.CanAsk || prefix.Length > 0 || _track.State.Approval is not { } approval)
                {
                    return await server.ReportAsync(loop, cancellationToken).ConfigureAwait(false);
                }

                view.Pause(true);
                var answer = Question.Ask(context, loop, approval);
                view.Pause(false);
                if (answer is null)
                {
                    return await server.ReportAsync(loop, cancellationToken).ConfigureAwait(false);
                }

                await server.Api.SignalAsync(loop, answer, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            view.Dispose();
            context.Io.Note($"the loop goes on at the server; {context.Hints.Of("cancel", loop.Value)} ends it", whole: true);
            return null;
        }
    }

    private async Task WatchAsync(LoopId loop, ProgressView view, long history, CancellationToken cancellationToken)
    {
        await foreach (var line in server.EventsAsync(loop, _track.NextSeq, follow: true, cancellationToken).ConfigureAwait(false))
        {
            var entry = await _track.AddAsync(_ledger, line, cancellationToken).ConfigureAwait(false);
            if (entry.Seq > history || entry.Seq == 1)
            {
                view.Show(entry, _track.State);
            }
            else
            {
                view.Learn(entry, _track.State);
            }

            if (_track.IsAtRest(entry, history))
            {
                return;
            }
        }
    }
}
