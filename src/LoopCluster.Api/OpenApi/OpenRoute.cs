namespace LoopCluster.Api.OpenApi;

/// <summary>Marks a route that needs no key.</summary>
internal sealed class OpenRoute
{
    public static OpenRoute Mark { get; } = new();
}
