using LoopCluster.Runtime.Driver;

namespace LoopCluster.Runtime.Hosting;

/// <summary>A loop that is being driven here.</summary>
internal sealed class ActiveLoop(Func<ActiveLoop, LoopDriver> driver)
{
    private TaskCompletionSource _appended = New();
    private LoopDriver? _driver;

    public LoopDriver Driver => _driver ??= driver(this);

    /// <summary>The drive, once started.</summary>
    public Task<DriveEnd> Done { get; set; } = Task.FromResult(DriveEnd.Parked);

    /// <summary>Done at the next durable entry.</summary>
    public Task Appended => Volatile.Read(ref _appended).Task;

    public void Pulse()
    {
        if (Volatile.Read(ref _watchers) > 0)
        {
            Interlocked.Exchange(ref _appended, New()).TrySetResult();
        }
    }

    /// <summary>While nobody watches, an entry costs no signal.</summary>
    public IDisposable Watch() => new Watcher(this);

    private int _watchers;

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
