using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Signals on their way to a driver. Once closed it takes no more, so that none is lost between a driver's last look and its end.
/// </summary>
internal sealed class SignalQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<PendingSignal> _queue = new();
    private TaskCompletionSource _arrived = New();
    private bool _closed;

    /// <summary>Done when there is something to take.</summary>
    public Task Arrived => Volatile.Read(ref _arrived).Task;

    /// <summary>False when the driver has ended: start another one.</summary>
    public bool TryAdd(PendingSignal signal)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            _queue.Enqueue(signal);
            _arrived.TrySetResult();
            return true;
        }
    }

    /// <summary>Wakes the driver without a signal.</summary>
    public void Nudge()
    {
        lock (_lock)
        {
            _arrived.TrySetResult();
        }
    }

    public IReadOnlyList<PendingSignal> TakeAll()
    {
        lock (_lock)
        {
            if (_arrived.Task.IsCompleted)
            {
                _arrived = New();
            }

            if (_queue.Count == 0)
            {
                return [];
            }

            PendingSignal[] taken = [.. _queue];
            _queue.Clear();
            return taken;
        }
    }

    /// <summary>Closes if nothing waits. False when something does.</summary>
    public bool TryClose()
    {
        lock (_lock)
        {
            _closed |= _queue.Count == 0;
            return _closed;
        }
    }

    public void CloseWith(Exception error)
    {
        lock (_lock)
        {
            _closed = true;
            while (_queue.TryDequeue(out var signal))
            {
                signal.Done.TrySetException(error);
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed record PendingSignal(LoopSignal Signal)
{
    /// <summary>Completed when the signal's event is durable.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
