using System.Collections.Concurrent;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Placement;

namespace LoopCluster.Grains.Keeper;

/// <summary>
/// Takes up loops whose drive failed on this silo, later each time: a ledger that is away for a moment must not cost a loop, a loop that
/// cannot run not the silo.
/// </summary>
internal sealed partial class LoopRetries(
    LoopWaker waker,
    ILocalSiloDetails self,
    IClusterMembershipService membership,
    ILogger<LoopRetries> logger
) : IDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MostWait = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<LoopId, int> _failures = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>True while a retry of the loop is to come.</summary>
    public bool Has(LoopId loop) => _failures.ContainsKey(loop);

    public void Add(string tenant, LoopId loop)
    {
        var failures = _failures.AddOrUpdate(loop, 1, static (_, count) => count + 1);
        _ = RetryAsync(tenant, loop, WaitAfter(failures), _stop.Token);
    }

    /// <summary>Has a loop that was parked in the middle driven again, wherever the cluster puts it now.</summary>
    public void WakeSoon(string tenant, LoopId loop) => _ = RetryAsync(tenant, loop, TimeSpan.Zero, _stop.Token);

    /// <summary>
    /// Has a loop that was parked because this silo drains driven by another one at once, while others here still come to their step
    /// boundaries. Nothing is done when there is none.
    /// </summary>
    public void HandOver(string tenant, LoopId loop)
    {
        SiloAddress[] others =
        [
            .. membership
                .CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active && !m.SiloAddress.Equals(self.SiloAddress))
                .Select(m => m.SiloAddress),
        ];
        if (others.Length > 0)
        {
            _ = HandOverAsync(tenant, loop, others[Random.Shared.Next(others.Length)]);
        }
    }

    /// <summary>The loop ran well.</summary>
    public void Forget(LoopId loop) => _failures.TryRemove(loop, out _);

    public void Dispose() => _stop.Cancel();

    internal static TimeSpan WaitAfter(int failures) =>
        failures > 10 ? MostWait : TimeSpan.FromTicks(Math.Min(MostWait.Ticks, FirstWait.Ticks << (failures - 1)));

    private async Task HandOverAsync(string tenant, LoopId loop, SiloAddress silo)
    {
        try
        {
            RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
            await waker.WakeAsync(tenant, loop, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The others find the loop in the index as soon as this silo says that it goes.
            LogNotHandedOver(logger, e, loop.Value);
        }
    }

    private async Task RetryAsync(string tenant, LoopId loop, TimeSpan wait, CancellationToken stop)
    {
        try
        {
            await Task.Delay(wait, stop).ConfigureAwait(false);
            await waker.WakeAsync(tenant, loop, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The silo goes; the others find the loop in the index.
        }
        catch (BadInputException gone) when (gone.Code == "unknown-loop")
        {
            // There is nothing to go on from, and nothing is made in its place.
            LogGone(logger, loop.Value);
            Forget(loop);
        }
        catch (Exception e)
        {
            LogNotWoken(logger, e, loop.Value);
            Add(tenant, loop);
        }
    }
}
