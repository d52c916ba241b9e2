using LoopCluster.Cli.Commands;
using LoopCluster.Cli.Output;
using LoopCluster.Cli.Progress;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Sessions;

/// <summary>
/// Drives one loop from this terminal until it ends or waits for a person: here, or through the process that holds the data directory. When
/// that process goes away, this one takes the directory over and goes on.
/// </summary>
internal sealed class LoopRun(CommandContext context, ModelCatalog models, IReadOnlyList<string?> secretNames) : IAsyncDisposable
{
    private readonly LoopTrack _track = new();
    private LoopSession? _session;

    /// <summary>Entries that were there before: they are not shown again, and what they waited for may have been answered.</summary>
    private long _history;
    private bool _begun;

    /// <summary>Put before each line of progress when this process follows several loops at once.</summary>
    public string Prefix { get; init; } = "";

    /// <param name="loop">The loop, which need not exist yet.</param>
    /// <param name="begin">Creates or takes up the loop. Called again when a holder went away before it had answered.</param>
    /// <returns>How the loop stands; null when a signal ended the command before the loop did.</returns>
    public async Task<LoopReport?> RunAsync(
        LoopId loop,
        Func<LoopSession, CancellationToken, ValueTask> begin,
        CancellationToken cancellationToken
    )
    {
        using var view = new ProgressView(context.Io, Prefix);
        try
        {
            _session = await OpenAsync(cancellationToken).ConfigureAwait(false);
            Watch(loop, view);
            var before = await _session.Host.GetAsync(loop, cancellationToken).ConfigureAwait(false);
            _history = before?.State.Seq ?? 0;
            await BeginAsync(begin, cancellationToken).ConfigureAwait(false);
            _begun = true;
            await FollowAsync(loop, view, cancellationToken).ConfigureAwait(false);
            return Report();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            view.Dispose();
            await LeaveAsync(loop).ConfigureAwait(false);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
        {
            _session = null;
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private LoopReport Report() => _track.Report(context.Data.ProofOf);

    private ValueTask<LoopSession> OpenAsync(CancellationToken cancellationToken) =>
        context.OpenAsync(models, secretNames, drive: true, cancellationToken);

    private void Watch(LoopId loop, ProgressView view)
    {
        if (_session is { IsHolder: true } session)
        {
            session.Runtime.Host.OnText += (from, piece) =>
            {
                if (from == loop)
                {
                    view.Stream(piece);
                }
            };
        }
        else if (Prefix.Length == 0)
        {
            view.Say("another process holds the data directory: the loop runs there and is followed from here");
        }
    }

    private async ValueTask BeginAsync(Func<LoopSession, CancellationToken, ValueTask> begin, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await begin(_session!, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (InfrastructureException gone) when (gone.Code == "host-gone")
            {
                await ReopenAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask ReopenAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync().ConfigureAwait(false);
        _session = await OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task FollowAsync(LoopId loop, ProgressView view, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await WatchAsync(loop, view, cancellationToken).ConfigureAwait(false))
            {
                var state = _track.State;
                if (state.IsTerminal || !context.Io.CanAsk || state.Approval is not { } approval)
                {
                    return;
                }

                view.Pause(true);
                var answer = Question.Ask(context, loop, approval);
                view.Pause(false);
                if (answer is null)
                {
                    return;
                }

                await BeginAsync((session, stop) => session.Host.SignalAsync(loop, answer, stop), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                view.Say("the process that drove the loop has ended: going on here");
                await ReopenAsync(cancellationToken).ConfigureAwait(false);
                Watch(loop, view);
                await BeginAsync((session, stop) => session.Host.ResumeAsync(loop, stop), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>True when the loop has ended or waits for a person; false when its holder went away.</summary>
    private async Task<bool> WatchAsync(LoopId loop, ProgressView view, CancellationToken cancellationToken)
    {
        var session = _session!;
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _ = session.HolderGone.ContinueWith(
            _ => Stop(watching),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        try
        {
            await foreach (var line in session.Host.WatchAsync(loop, _track.NextSeq, watching.Token).ConfigureAwait(false))
            {
                var entry = await _track.AddAsync(session.Runtime.Ports.Ledger, line, watching.Token).ConfigureAwait(false);
                if (line.Seq > _history || line.Seq == 1)
                {
                    view.Show(entry, _track.State);
                }
                else
                {
                    view.Learn(entry, _track.State);
                }

                if (_track.IsAtRest(entry, _history))
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && session.HolderGone.IsCompleted)
        {
            return false;
        }

        // The drive was stopped without an end: only a signal does that here.
        cancellationToken.ThrowIfCancellationRequested();
        throw new LoopClusterException("driver-ended", $"loop {loop} is not driven any more; 'loop resume {loop}' goes on");
    }

    private static void Stop(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The watch had ended before the holder did.
        }
    }

    private async ValueTask LeaveAsync(LoopId loop)
    {
        var parked = _session is null or { IsHolder: true } || Prefix.Length > 0;
        await DisposeAsync().ConfigureAwait(false);
        if (_begun)
        {
            context.Io.Note(
                parked
                    ? $"parked; {context.Hints.Of("resume", loop.Value)} goes on"
                    : $"the loop goes on in the other process; {context.Hints.Of("cancel", loop.Value)} ends it",
                whole: true
            );
        }
    }
}
