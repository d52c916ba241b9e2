namespace LoopCluster.Grains.Hosting;

/// <summary>One reader's part in following a loop. Disposing it, once, lets go.</summary>
internal sealed class LoopWatch(LoopSubscription subscription, Action close) : IDisposable
{
    /// <summary>The net under the hints: a loop between two silos tells nobody.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Done when the watcher is known where the loop is driven, or that failed for now.</summary>
    public Task Subscribed => subscription.Subscribed;

    /// <summary>Done at the next hint. To be asked for before the ledger is read.</summary>
    public Task Hinted => subscription.Hinted;

    public static async Task WaitAsync(Task? hinted, CancellationToken stop, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancellationToken);
        var poll = Task.Delay(Poll, either.Token);
        await Task.WhenAny(hinted ?? poll, poll).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose() => close();
}
