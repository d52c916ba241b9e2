using Orleans.CodeGeneration;

namespace LoopCluster.Grains.Loops;

/// <summary>
/// One loop, where it is driven. Its key is <see cref="LoopKey"/>. A loop that just runs costs one message; everything it does is in the
/// ledger, so nothing here is persisted and an activation may vanish at any time.
/// </summary>
[Alias("loopcluster.loop")]
[Version(1)]
public interface ILoopGrain : IGrainWithStringKey
{
    /// <summary>
    /// Makes sure that the loop is driven; returns as soon as its driver is launched. A loop that is driven or has ended stays as it is.
    /// </summary>
    /// <remarks>Asked again soon: a message that a silo had passed on to one that died is never answered.</remarks>
    [Alias("drive")]
    [ResponseTimeout("00:00:05")]
    Task<LoopReply> DriveAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Hands a signal to the driver; returns when its event is durable. The same id again is success, so a call of unknown outcome is
    /// repeated.
    /// </summary>
    [Alias("signal")]
    Task<LoopReply> SignalAsync(SignalMessage signal, CancellationToken cancellationToken);

    /// <summary>
    /// Has the watcher told of new entries while this activation drives. Repeating it is how a watcher outlives activations.
    /// </summary>
    [Alias("watch")]
    Task WatchAsync(ILoopWatcher watcher);

    [Alias("unwatch")]
    Task UnwatchAsync(ILoopWatcher watcher);

    /// <summary>Parks the driver if there is one; whoever calls <see cref="DriveAsync"/> next takes the next epoch.</summary>
    [Alias("park")]
    Task ParkAsync(CancellationToken cancellationToken);
}
