using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Keeper;
using LoopCluster.Grains.Tenants;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace LoopCluster.Grains.Loops;

/// <summary>
/// Holds a loop's place in the cluster while a driver of this silo drives it. The driver runs on the thread pool; this activation stays as
/// long as it does, parks it when it must go, and otherwise only passes on.
/// </summary>
[Reentrant]
[ActivationCountBasedPlacement]
[GrainType("loop")]
internal sealed partial class LoopGrain : Grain, ILoopGrain
{
    private readonly LoopDrivers _drivers;
    private readonly LoopRetries _retries;
    private readonly TenantPlaces _places;
    private readonly ILogger<LoopGrain> _logger;
    private readonly LoopWatchers _watchers;
    private readonly string _tenant;
    private readonly LoopId _loop;
    private ActiveLoop? _followed;

    public LoopGrain(IGrainContext context, LoopDrivers drivers, LoopRetries retries, TenantPlaces places, ILogger<LoopGrain> logger)
    {
        (_drivers, _retries, _places, _logger) = (drivers, retries, places, logger);
        (_tenant, _loop) = LoopKey.Parse(context.GrainId.Key.ToString()!);
        _watchers = new LoopWatchers(_loop.Value, logger);
    }

    public Task<LoopReply> DriveAsync(CancellationToken cancellationToken)
    {
        // Where this activation was to be placed is nothing that the driver's own calls should be told.
        RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        return PassOnAsync(async () =>
        {
            var taken = await _drivers.TakeUpAsync(_loop, _tenant, cancellationToken);
            Rest(taken.Active, taken.State);
            return taken.Active;
        });
    }

    public Task<LoopReply> SignalAsync(SignalMessage signal, CancellationToken cancellationToken) =>
        PassOnAsync(async () =>
        {
            var given = signal.ToSignal();
            await _drivers.SignalAsync(_loop, _tenant, given, cancellationToken);
            return _drivers.Find(_loop);
        });

    public Task WatchAsync(ILoopWatcher watcher)
    {
        _watchers.Add(watcher, _drivers.Find(_loop));
        return Task.CompletedTask;
    }

    public Task UnwatchAsync(ILoopWatcher watcher)
    {
        _watchers.Remove(watcher);
        GoIfUnused();
        return Task.CompletedTask;
    }

    public async Task ParkAsync(CancellationToken cancellationToken)
    {
        if (_drivers.Find(_loop) is { } active)
        {
            await active.ParkAsync(cancellationToken);
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // Only what this activation follows: a later one of this silo may drive already.
        if (_followed is { } active)
        {
            LogHandsOver(_logger, _loop.Value, reason.ReasonCode);
            await active.ParkAsync(cancellationToken);
            if (!_drivers.IsStopping)
            {
                // It goes for reasons of its own (memory, balance, or it was on its way when the drive began): the loop goes on, here or
                // elsewhere.
                _retries.WakeSoon(_tenant, _loop);
            }
        }
    }

    private async Task<LoopReply> PassOnAsync(Func<Task<ActiveLoop?>> call)
    {
        // What is still driven here while the silo drains is served here: going would cut its step off.
        if (_drivers.IsStopping && _followed is null)
        {
            DeactivateOnIdle();
            return LoopReply.Elsewhere;
        }

        try
        {
            if (await call() is { } active)
            {
                Follow(active);
            }

            return LoopReply.Done;
        }
        catch (LoopClusterException e)
        {
            return LoopReply.Of(e);
        }
    }

    private void Follow(ActiveLoop active)
    {
        if (_followed != active)
        {
            _followed = active;
            DelayDeactivation(Timeout.InfiniteTimeSpan);
            if (!active.Driver.State.IsQueued)
            {
                _places.Take(_tenant, _loop);
            }

            _watchers.Begin(active);
            _ = FollowAsync(active);
        }
    }

    private async Task FollowAsync(ActiveLoop active)
    {
        try
        {
            var end = await active.Done;
            LogDriveEnded(_logger, _loop.Value, end);
            if (end != Runtime.Driver.DriveEnd.Parked)
            {
                _retries.Forget(_loop);
                Rest(null, active.Driver.State);
            }
            else if (_drivers.IsStopping)
            {
                _retries.HandOver(_tenant, _loop);
            }
        }
        catch (LedgerConflictException e)
        {
            LogDrivenElsewhere(_logger, _loop.Value, e.Message);
        }
        catch (Exception e)
        {
            LogDriveFailed(_logger, e, _loop.Value);
            _retries.Add(_tenant, _loop);
        }

        if (_followed == active)
        {
            _followed = null;
            DelayDeactivation(TimeSpan.Zero);
            GoIfUnused();
        }
    }

    /// <summary>A loop that is not driven has no place: it is over, or stands in the queue.</summary>
    private void Rest(ActiveLoop? active, LoopState state)
    {
        if (active is null && state.Status == LoopStatus.Queued)
        {
            _places.Enqueue(_tenant, LoopCursor.Of(state));
        }
        else if (active is null)
        {
            _places.GiveBack(_tenant, _loop);
        }
    }

    /// <summary>
    /// A loop at rest costs nothing here, however many there are; with somebody watching it stays, so that the next drive is seen at once.
    /// </summary>
    private void GoIfUnused()
    {
        if (_followed is null && (_watchers.IsEmpty || _drivers.IsStopping))
        {
            DeactivateOnIdle();
        }
    }
}
