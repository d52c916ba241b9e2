using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Hosting;

/// <summary>What this silo follows: one watcher a loop, however many read it.</summary>
internal sealed class LoopWatches(IGrainFactory grains, ILogger<LoopWatches> logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LoopId, LoopSubscription> _subscriptions = [];

    public LoopWatch Open(string tenant, LoopId loop)
    {
        lock (_lock)
        {
            if (!_subscriptions.TryGetValue(loop, out var subscription))
            {
                _subscriptions[loop] = subscription = new LoopSubscription(grains, LoopKey.Of(tenant, loop), logger);
            }

            subscription.Readers++;
            return new LoopWatch(subscription, () => Close(loop, subscription));
        }
    }

    private void Close(LoopId loop, LoopSubscription subscription)
    {
        lock (_lock)
        {
            if (--subscription.Readers > 0)
            {
                return;
            }

            _subscriptions.Remove(loop);
        }

        subscription.Dispose();
    }
}
