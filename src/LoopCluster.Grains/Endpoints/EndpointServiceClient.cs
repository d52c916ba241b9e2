using Orleans.Runtime.Services;

namespace LoopCluster.Grains.Endpoints;

/// <summary>Asks the endpoint service of a silo by its address.</summary>
internal sealed class EndpointServiceClient(IServiceProvider services) : GrainServiceClient<IEndpointService>(services)
{
    public Task<IReadOnlyList<EndpointUse>> HeldAsync(SiloAddress silo, string endpoint) => GetGrainService(silo).HeldAsync(endpoint);

    public Task ReviewAsync(SiloAddress silo, string endpoint) => GetGrainService(silo).ReviewAsync(endpoint);
}
