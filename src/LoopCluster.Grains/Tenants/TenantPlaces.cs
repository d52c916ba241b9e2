using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Grains.Tenants;

/// <summary>A silo's view of tenants' limits. Where none is set, no tenant grain is called at all.</summary>
internal sealed class TenantPlaces(IGrainFactory grains, TenantLimits limits)
{
    /// <summary>0 for no limit.</summary>
    public int LimitOf(string tenant) => limits.Of(tenant);

    /// <summary>A loop that stands in its ledger's queue belongs in the grain's, whatever the limit is by now.</summary>
    public void Enqueue(string tenant, LoopCursor loop) =>
        grains.GetGrain<ITenantGrain>(tenant).AdmitAsync(loop.ToString(), CancellationToken.None).Ignore();

    public void Take(string tenant, LoopId loop)
    {
        if (LimitOf(tenant) > 0)
        {
            grains.GetGrain<ITenantGrain>(tenant).TakenAsync(loop.Value).Ignore();
        }
    }

    public void GiveBack(string tenant, LoopId loop)
    {
        if (LimitOf(tenant) > 0)
        {
            grains.GetGrain<ITenantGrain>(tenant).GivenBackAsync(loop.Value).Ignore();
        }
    }
}
