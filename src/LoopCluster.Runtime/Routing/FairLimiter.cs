using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Routing;

/// <summary>
/// How many requests an endpoint gets at once: lets so many callers in, the others tenant by tenant in turn, and a tenant's in the order
/// they came: however many loops one has waiting, another waits for one of them. <see cref="SemaphoreSlim"/> would do but for that, for its
/// bound, which is fixed while the bindings of loops made at different times may differ, and for late callers, who may overtake those who
/// wait.
/// </summary>
public sealed class FairLimiter : IEndpointLimiter
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<TaskCompletionSource>> _waiting = new(StringComparer.Ordinal);

    /// <summary>Tenants with somebody waiting, each once, the next one first.</summary>
    private readonly Queue<string> _turns = new();
    private int _active;
    private int _limit = 1;
    private int _share = int.MaxValue;

    /// <summary>Told when somebody has to wait although the limit would let it in: this process's share is too small.</summary>
    public Action? ShareTooSmall { get; set; }

    public int Concurrency => Volatile.Read(ref _limit);

    public int Open => Volatile.Read(ref _active);

    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Values.Sum(w => w.Count);
            }
        }
    }

    /// <summary>Completes when there is room; every completed entry is to be followed by one <see cref="Exit"/>.</summary>
    /// <param name="limit">The bound from now on.</param>
    /// <param name="tenant">Whose call it is.</param>
    /// <exception cref="OperationCanceledException">Cancelled while it waited; it does not hold a place.</exception>
    public ValueTask EnterAsync(int limit, string tenant, CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        lock (_lock)
        {
            _limit = limit;
            AdmitWaiting();
            if (_active < Math.Min(limit, _share))
            {
                _active++;
                return ValueTask.CompletedTask;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_waiting.TryGetValue(tenant, out var own))
            {
                _waiting[tenant] = own = new Queue<TaskCompletionSource>();
                _turns.Enqueue(tenant);
            }

            own.Enqueue(waiter);
        }

        if (Volatile.Read(ref _share) < limit)
        {
            ShareTooSmall?.Invoke();
        }

        return WaitAsync(waiter, cancellationToken);
    }

    public void Bound(int share)
    {
        lock (_lock)
        {
            _share = share;
            AdmitWaiting();
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            _active--;
            AdmitWaiting();
        }
    }

    private static async ValueTask WaitAsync(TaskCompletionSource waiter, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token),
            waiter
        );
        await waiter.Task.ConfigureAwait(false);
    }

    /// <summary>A cancelled waiter stays in the queue until its turn, and is dropped then.</summary>
    private void AdmitWaiting()
    {
        while (_active < Math.Min(_limit, _share) && _turns.TryDequeue(out var tenant))
        {
            var own = _waiting[tenant];
            while (own.TryDequeue(out var waiter))
            {
                if (waiter.TrySetResult())
                {
                    _active++;
                    break;
                }
            }

            if (own.Count > 0)
            {
                _turns.Enqueue(tenant);
            }
            else
            {
                _waiting.Remove(tenant);
            }
        }
    }
}
