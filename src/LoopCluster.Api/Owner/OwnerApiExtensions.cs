using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api.Owner;

public static class OwnerApiExtensions
{
    /// <summary>
    /// Serves the API on the socket in <paramref name="directory"/> as well, whose lock the caller holds. Needs
    /// <see cref="LoopApiServiceCollectionExtensions.AddLoopApi"/> and a <see cref="Runtime.Hosting.LoopStarter"/>. The server's start
    /// fails with <c>host-socket-unavailable</c> where the file system takes no sockets, or is full.
    /// </summary>
    public static IServiceCollection AddOwnerApi(this IServiceCollection services, string directory)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton(_ => new OwnerSocket(directory));
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<OwnerSocket>());
        services.AddSingleton<IConfigureOptions<SocketTransportOptions>>(provider => provider.GetRequiredService<OwnerSocket>());
        services.AddSingleton<OwnerEndpoints>();
        return services;
    }

    /// <summary>Maps what only the owner may ask. To anybody else these addresses are not there.</summary>
    public static IEndpointRouteBuilder MapOwnerApi(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        endpoints.ServiceProvider.GetRequiredService<OwnerEndpoints>().Map(endpoints);
        return endpoints;
    }
}
