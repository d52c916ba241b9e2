using Orleans.Services;

namespace LoopCluster.Grains.Endpoints;

/// <summary>One on each silo: says what the silo holds of an endpoint.</summary>
[Alias("loopcluster.endpoint-service")]
public interface IEndpointService : IGrainService
{
    [Alias("held")]
    Task<IReadOnlyList<EndpointUse>> HeldAsync(string endpoint);
}
