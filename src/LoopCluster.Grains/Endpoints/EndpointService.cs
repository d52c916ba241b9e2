using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Endpoints;

/// <summary>A silo's shares, as others may ask for them.</summary>
internal sealed class EndpointService(GrainId id, Silo silo, ILoggerFactory loggers, EndpointShares shares)
    : GrainService(id, silo, loggers),
        IEndpointService
{
    public Task<IReadOnlyList<EndpointUse>> HeldAsync(string endpoint) => Task.FromResult(shares.HeldOf(endpoint));

    public Task ReviewAsync(string endpoint)
    {
        shares.Review(endpoint);
        return Task.CompletedTask;
    }
}
