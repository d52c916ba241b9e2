using LoopCluster.Runtime.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Loops;

/// <summary>
/// Tells watchers of one loop that it has grown. A watcher has one hint on its way at most, so a slow one costs nothing but its own place,
/// and entries that came meanwhile are one hint. Used on the grain's scheduler only.
/// </summary>
internal sealed partial class LoopWatchers(string loop, ILogger logger)
{
    private readonly Dictionary<ILoopWatcher, ActiveLoop?> _watchers = [];

    public bool IsEmpty => _watchers.Count == 0;

    public void Add(ILoopWatcher watcher, ActiveLoop? active)
    {
        _watchers.TryAdd(watcher, null);
        if (active is not null)
        {
            Begin(watcher, active);
        }
    }

    public void Remove(ILoopWatcher watcher) => _watchers.Remove(watcher);

    /// <summary>Hints about this drive to everybody.</summary>
    public void Begin(ActiveLoop active)
    {
        foreach (var watcher in _watchers.Keys.ToArray())
        {
            Begin(watcher, active);
        }
    }

    private void Begin(ILoopWatcher watcher, ActiveLoop active)
    {
        if (_watchers[watcher] != active)
        {
            _watchers[watcher] = active;
            _ = HintAsync(watcher, active);
        }
    }

    private async Task HintAsync(ILoopWatcher watcher, ActiveLoop active)
    {
        using var watch = active.Watch();
        try
        {
            for (var over = false; !over && _watchers.TryGetValue(watcher, out var current) && current == active; )
            {
                // In this order: an entry after the seq that is told completes the task that is waited for.
                var appended = active.Appended;
                over = active.Done.IsCompleted;
                await watcher.HintAsync(active.Driver.State.Seq);
                if (!over)
                {
                    await Task.WhenAny(appended, active.Done);
                }
            }
        }
        catch (Exception e)
        {
            // Gone with its silo, or as good as gone: it comes back by itself if it is not.
            LogWatcherLost(logger, e, loop);
            _watchers.Remove(watcher);
        }
    }
}
