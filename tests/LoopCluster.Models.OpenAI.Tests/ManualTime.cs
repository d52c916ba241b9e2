namespace LoopCluster.Models.OpenAI.Tests;

/// <summary>Time that passes only when told: every timer is due at <see cref="Elapse"/>.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly List<Timer> _timers = [];

    public override DateTimeOffset GetUtcNow() => new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(() => callback(state));
        lock (_timers)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    public void Elapse()
    {
        Timer[] due;
        lock (_timers)
        {
            due = [.. _timers];
        }

        foreach (var timer in due.Where(timer => !timer.IsDisposed))
        {
            timer.Fire();
        }
    }

    private sealed class Timer(Action fire) : ITimer
    {
        public bool IsDisposed { get; private set; }

        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period) => !IsDisposed;

        public void Dispose() => IsDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
