using LoopCluster.Engine.Loops;

namespace LoopCluster.Runtime.Driver;

/// <summary>Watches a loop's driven time and nudges the driver when it is over.</summary>
internal sealed class DeadlineTimer(TimeProvider time, Action nudge) : IDisposable
{
    /// <summary>Timers take some weeks at most, and a clock that was set back makes a wait of any length.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly TimeProvider _time = time;
    private ITimer? _timer;
    private DateTimeOffset _due = DateTimeOffset.MaxValue;
    private volatile bool _fired;

    public bool HasPassed => _time.GetUtcNow() >= _due;

    /// <summary>Sets the deadline from the state; cheap when it has not moved.</summary>
    public void SetFor(LoopState state)
    {
        var left = state.Spec.Budget.Deadline.Value - state.Spend.Elapsed;
        var due = OutageRules.DeadlineStands(state) ? DateTimeOffset.MaxValue : state.UpdatedAt + left;
        if (_timer is null)
        {
            _timer = _time.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        else if (!_fired && (due - _due).Duration() < TimeSpan.FromMilliseconds(5))
        {
            return;
        }

        _due = due;
        _fired = false;
        if (due == DateTimeOffset.MaxValue)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // A nudge before the time does no harm, and sets the timer again.
        var wait = due - _time.GetUtcNow();
        _timer.Change(
            wait <= TimeSpan.Zero ? TimeSpan.Zero
                : wait < Longest ? wait + TimeSpan.FromMilliseconds(1)
                : Longest,
            Timeout.InfiniteTimeSpan
        );
    }

    private void Fire()
    {
        _fired = true;
        nudge();
    }

    public void Dispose() => _timer?.Dispose();
}
