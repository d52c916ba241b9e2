using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Endpoints;

/// <summary>
/// Knows the shares of one endpoint. A new activation asks every silo what it holds before it grants anything; while one does not answer,
/// nothing is granted beyond what the others hold, until that silo's lease has run out.
/// </summary>
[GrainType("endpoint")]
internal sealed partial class EndpointGrain(
    EndpointServiceClient silos,
    IClusterMembershipService membership,
    IOptions<EndpointSharingOptions> options,
    ILogger<EndpointGrain> logger
) : Grain, IEndpointGrain
{
    private readonly EndpointLeases _leases = new(options.Value.Lease);
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private TimeSpan _closedUntil;

    private TimeSpan Now => TimeProvider.System.GetElapsedTime(_started);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var endpoint = this.GetPrimaryKeyString();
        var living = membership
            .CurrentSnapshot.Members.Values.Where(m => m.Status is not (SiloStatus.Dead or SiloStatus.None))
            .Select(m => m.SiloAddress);
        foreach (var held in await Task.WhenAll(living.Select(silo => AskAsync(silo, endpoint, cancellationToken))))
        {
            foreach (var use in held)
            {
                _leases.Claim(use, Now);
            }
        }
    }

    public Task<int> LeaseAsync(EndpointUse use, CancellationToken cancellationToken)
    {
        var open = Now < _closedUntil ? use with { Concurrency = Math.Min(use.Concurrency, _leases.Held) } : use;
        var granted = _leases.Grant(open, Now);
        foreach (var silo in _leases.AheadOf(open.Holder, open.Concurrency).Select(EndpointHolder.SiloOf).Distinct())
        {
            silos.ReviewAsync(silo, this.GetPrimaryKeyString()).Ignore();
        }

        return Task.FromResult(granted);
    }

    public Task ReturnAsync(string holder)
    {
        _leases.Return(holder);
        if (_leases.IsEmpty)
        {
            DeactivateOnIdle();
        }

        return Task.CompletedTask;
    }

    private async Task<IReadOnlyList<EndpointUse>> AskAsync(SiloAddress silo, string endpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await silos.HeldAsync(silo, endpoint).WaitAsync(options.Value.Period, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogSilent(logger, e, silo, endpoint, options.Value.Lease);
            _closedUntil = Now + options.Value.Lease;
            return [];
        }
    }
}
