using Orleans.Concurrency;
using Orleans.Services;

namespace LoopCluster.Grains.Endpoints;

/// <summary>One on each silo: says what the silo holds of an endpoint, and looks at it again.</summary>
[Alias("loopcluster.endpoint-service")]
public interface IEndpointService : IGrainService
{
    [Alias("held")]
    Task<IReadOnlyList<EndpointUse>> HeldAsync(string endpoint);

    /// <summary>Renews the silo's shares at once: others wait for what it has too much. Lost, it costs them a period.</summary>
    [Alias("review")]
    [OneWay]
    Task ReviewAsync(string endpoint);
}
