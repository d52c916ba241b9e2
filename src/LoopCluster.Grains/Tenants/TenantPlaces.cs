using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Tenants;

/// <summary>A silo's view of tenants' limits. Where none is set, no tenant grain is called at all.</summary>
internal sealed class TenantPlaces(IGrainFactory grains, ILoopLedger ledger, IOptionsMonitor<TenantOptions> options)
{
    private readonly LoopLoader _loader = new(ledger);

    /// <summary>0 for no limit.</summary>
    public int LimitOf(string tenant)
    {
        var current = options.CurrentValue;
        return current.Limits.TryGetValue(tenant, out var limit) ? limit : current.MaxRunning;
    }

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

    /// <summary>A signal starts a driver; a queued loop must not get ahead of its turn by one. Cancelling is always possible.</summary>
    /// <exception cref="BadInputException"><c>loop-queued</c>.</exception>
    public async ValueTask ThrowIfQueuedAsync(string tenant, LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        if (LimitOf(tenant) > 0 && signal is not CancelSignal
            && await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) is { Epoch: 0 } state && state.Created.Tenant == tenant)
        {
            throw new BadInputException("loop-queued", "", $"loop {loop} waits for admission; it takes messages once it runs, and a cancel at any time");
        }
    }
}
