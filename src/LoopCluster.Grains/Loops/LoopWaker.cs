using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Tenants;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Loops;

/// <summary>Has loops driven, wherever the cluster puts them. Waking a loop that is driven, queued or has ended changes nothing.</summary>
internal sealed class LoopWaker(IGrainFactory grains)
{
    /// <summary>One that has no place yet is given one by its tenant's grain.</summary>
    /// <exception cref="Engine.Errors.LoopClusterException">The loop cannot be driven.</exception>
    public async Task WakeAsync(LoopState state, CancellationToken cancellationToken)
    {
        var tenant = state.Created.Tenant;
        if (state.Status != LoopStatus.Queued)
        {
            await WakeAsync(tenant, state.Id, cancellationToken).ConfigureAwait(false);
            return;
        }

        await GrainCalls
            .AskAsync(
                async () =>
                {
                    var place = LoopCursor.Of(state).ToString();
                    await grains.GetGrain<ITenantGrain>(tenant).AdmitAsync(place, cancellationToken).ConfigureAwait(false);
                    return LoopReply.Done;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <param name="patience">How long a cluster that does not answer is asked again; null for longer than a silo's death can go
    /// unnoticed.</param>
    /// <exception cref="Engine.Errors.LoopClusterException">The loop cannot be driven.</exception>
    public async Task WakeAsync(string tenant, LoopId loop, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        var grain = grains.GetGrain<ILoopGrain>(LoopKey.Of(tenant, loop));
        await GrainCalls.AskAsync(() => grain.DriveAsync(cancellationToken), cancellationToken, patience).ConfigureAwait(false);
    }
}
