using System.Collections.Concurrent;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Endpoints;

/// <summary>This silo's shares of all endpoints it uses.</summary>
internal sealed class EndpointShares(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IOptions<EndpointSharingOptions> options,
    ILogger<EndpointShare> logger
) : IEndpointConcurrency, IDisposable
{
    private readonly ConcurrentBag<EndpointShare> _shares = [];
    private readonly CancellationTokenSource _stop = new();

    public Action Share(string endpoint, IEndpointLimiter limiter)
    {
        limiter.Bound(0);
        var share = new EndpointShare(
            grains.GetGrain<IEndpointGrain>(endpoint),
            endpoint,
            EndpointHolder.Name(silo.SiloAddress, _shares.Count),
            limiter,
            options.Value,
            logger
        );
        _shares.Add(share);
        _ = Task.Run(() => share.RunAsync(_stop.Token));
        return share.Nudge;
    }

    public IReadOnlyList<EndpointUse> HeldOf(string endpoint) =>
        [.. _shares.Where(s => s.Endpoint == endpoint).Select(s => s.Claim()).Where(u => u.Held > 0)];

    public void Review(string endpoint)
    {
        foreach (var share in _shares.Where(s => s.Endpoint == endpoint))
        {
            share.Nudge();
        }
    }

    public void Dispose() => _stop.Cancel();
}
