using LoopCluster.Runtime.Driver;

namespace LoopCluster.Runtime.Hosting;

/// <summary>A loop that is being driven in this process.</summary>
public sealed class ActiveLoop
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop;
    private TaskCompletionSource _appended = New();
    private int _watchers;
    private bool _over;

    internal ActiveLoop(Func<ActiveLoop, LoopDriver> driver, CancellationToken stop)
    {
        Driver = driver(this);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Stop = _stop.Token;
    }

    public LoopDriver Driver { get; }

    /// <summary>The drive. Faulted when something ended it that should not have.</summary>
    public Task<DriveEnd> Done { get; internal set; } = Task.FromResult(DriveEnd.Parked);

    /// <summary>Done at the next durable entry, provided that somebody watches.</summary>
    public Task Appended => Volatile.Read(ref _appended).Task;

    /// <summary>True once it was asked to park: it will end, and another driver may follow it.</summary>
    public bool IsParking => Stop.IsCancellationRequested;

    internal CancellationToken Stop { get; }

    /// <summary>While nobody watches, an entry costs no signal.</summary>
    public IDisposable Watch() => new Watcher(this);

    /// <summary>
    /// Parks the drive: what runs is cut off, its intent stays open for the next driver. Returns when nothing of it runs here any more,
    /// however it ended.
    /// </summary>
    public async ValueTask ParkAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_over)
            {
                // Off this thread: what a cancellation sets off may take a while.
                _ = _stop.CancelAsync();
            }
        }

        await EndedAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits for the end of the drive, however it ends.</summary>
    internal Task EndedAsync(CancellationToken cancellationToken) =>
        Done.ContinueWith(static _ => { }, cancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Lets go of the process-wide request to park, which outlives many loops.</summary>
    internal void End()
    {
        lock (_lock)
        {
            _over = true;
            _stop.Dispose();
        }
    }

    internal void Pulse()
    {
        if (Volatile.Read(ref _watchers) > 0)
        {
            Interlocked.Exchange(ref _appended, New()).TrySetResult();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Watcher : IDisposable
    {
        private readonly ActiveLoop _loop;

        public Watcher(ActiveLoop loop)
        {
            _loop = loop;
            Interlocked.Increment(ref loop._watchers);
        }

        public void Dispose() => Interlocked.Decrement(ref _loop._watchers);
    }
}
