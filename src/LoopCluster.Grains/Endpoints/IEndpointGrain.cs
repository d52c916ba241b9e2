using Orleans.CodeGeneration;

namespace LoopCluster.Grains.Endpoints;

/// <summary>
/// Divides the concurrency of one model endpoint, its key, among the silos that use it. Silos renew their shares every few seconds,
/// whatever the number of requests.
/// </summary>
[Alias("loopcluster.endpoint")]
[Version(1)]
public interface IEndpointGrain : IGrainWithStringKey
{
    /// <summary>Gives or renews a share; returns how many requests the holder may have open.</summary>
    [Alias("lease")]
    Task<int> LeaseAsync(EndpointUse use, CancellationToken cancellationToken);

    /// <summary>Gives a share back; nothing is open under it.</summary>
    [Alias("return")]
    Task ReturnAsync(string holder);
}

/// <summary>What a holder of a share has and wants.</summary>
[GenerateSerializer]
[Immutable]
[Alias("loopcluster.endpoint-use")]
public sealed record EndpointUse
{
    /// <summary>The silo's address, and which of its limiters.</summary>
    [Id(0)]
    public required string Holder { get; init; }

    /// <summary>Counts a holder's messages: an older one that comes late is not listened to.</summary>
    [Id(1)]
    public long Number { get; init; }

    /// <summary>Requests that all holders together may have open.</summary>
    [Id(2)]
    public int Concurrency { get; init; }

    /// <summary>Requests that are open or wait.</summary>
    [Id(3)]
    public int Wanted { get; init; }

    /// <summary>Requests that are open, or may be opened under the share the holder goes by now.</summary>
    [Id(4)]
    public int Held { get; init; }
}
