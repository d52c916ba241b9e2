namespace LoopCluster.TestKit.Hosts;

/// <summary>
/// A clock for which every wait of up to two minutes is over at once: the waits between tries take no time and still count.
/// </summary>
public sealed class SwiftTime : TimeProvider
{
    private static readonly TimeSpan Swift = TimeSpan.FromMinutes(2);

    private long _ahead;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero && dueTime <= Swift && period == Timeout.InfiniteTimeSpan)
        {
            Interlocked.Add(ref _ahead, dueTime.Ticks);
            dueTime = TimeSpan.Zero;
        }

        return base.CreateTimer(callback, state, dueTime, period);
    }
}
