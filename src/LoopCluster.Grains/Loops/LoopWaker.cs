using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Tenants;

namespace LoopCluster.Grains.Loops;

/// <summary>Has loops driven, wherever the cluster puts them. Waking a loop that is driven, queued or has ended changes nothing.</summary>
internal sealed class LoopWaker(IGrainFactory grains, TenantPlaces places)
{
    /// <param name="epoch">Of the loop. A loop that was driven once has its place; others ask their tenant's grain, where a limit is set.</param>
    /// <param name="patience">How long a cluster that does not answer is asked again; null for longer than a silo's death can go unnoticed.</param>
    /// <exception cref="Engine.Errors.LoopClusterException">The loop cannot be driven.</exception>
    public async Task WakeAsync(string tenant, LoopId loop, int epoch, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        if (Queues(tenant, epoch))
        {
            await GrainCalls.AskAsync(async () =>
            {
                await grains.GetGrain<ITenantGrain>(tenant).AdmitAsync(loop.Value, cancellationToken).ConfigureAwait(false);
                return LoopReply.Done;
            }, cancellationToken, patience).ConfigureAwait(false);
            return;
        }

        var grain = grains.GetGrain<ILoopGrain>(LoopKey.Of(tenant, loop));
        await GrainCalls.AskAsync(() => grain.DriveAsync(cancellationToken), cancellationToken, patience).ConfigureAwait(false);
    }

    /// <summary>Whether a running loop of this epoch waits until its tenant has a place for it: only one that was never driven does.</summary>
    public bool Queues(string tenant, int epoch) => epoch == 0 && places.LimitOf(tenant) > 0;
}
