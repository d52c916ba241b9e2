using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Tenants;

namespace LoopCluster.Grains.Loops;

/// <summary>Has loops driven, wherever the cluster puts them. Waking a loop that is driven, queued or has ended changes nothing.</summary>
internal sealed class LoopWaker(IGrainFactory grains)
{
    /// <param name="queued">The loop has no place yet: its tenant's grain gives it one.</param>
    /// <param name="patience">How long a cluster that does not answer is asked again; null for longer than a silo's death can go
    /// unnoticed.</param>
    /// <exception cref="Engine.Errors.LoopClusterException">The loop cannot be driven.</exception>
    public async Task WakeAsync(string tenant, LoopId loop, bool queued, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        if (queued)
        {
            await GrainCalls
                .AskAsync(
                    async () =>
                    {
                        await grains.GetGrain<ITenantGrain>(tenant).AdmitAsync(loop.Value, cancellationToken).ConfigureAwait(false);
                        return LoopReply.Done;
                    },
                    cancellationToken,
                    patience
                )
                .ConfigureAwait(false);
            return;
        }

        var grain = grains.GetGrain<ILoopGrain>(LoopKey.Of(tenant, loop));
        await GrainCalls.AskAsync(() => grain.DriveAsync(cancellationToken), cancellationToken, patience).ConfigureAwait(false);
    }
}
