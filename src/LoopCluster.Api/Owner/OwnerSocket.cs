using System.Net.Sockets;
using LoopCluster.Api.Auth;
using LoopCluster.Api.Hosting;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Owner;

/// <summary>
/// How other processes of the same user reach the holder of a data directory: the HTTP API on a Unix socket <c>host.sock</c> in it (0600), without keys. Only the holder of
/// the directory's lock may listen, so a socket file that is there already is a dead process's.
/// </summary>
public sealed class OwnerSocket : IAsyncDisposable
{
    /// <summary>A spec has at most 1 MiB of inline files and a script of 4 MiB for each of four roles; JSON escapes make some bytes two, few of them six.</summary>
    private const int MostBytes = 32 * 1024 * 1024;

    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;
    private readonly DirectorySocket _address;

    private OwnerSocket(WebApplication app, DirectorySocket address) => (_app, _address) = (app, address);

    /// <summary>Listens in <paramref name="directory"/>, whose lock the caller holds.</summary>
    /// <param name="host">Whose loops; outlives this.</param>
    /// <param name="parts">Where the host's other parts are, as <c>AddLoopRuntime</c> adds them.</param>
    /// <exception cref="InfrastructureException"><c>host-socket-unavailable</c>: the file system takes no sockets, or is full.</exception>
    public static async Task<OwnerSocket> ListenAsync(string directory, ILoopHost host, IServiceProvider parts, CancellationToken cancellationToken)
    {
        DirectorySocket? address = null;
        WebApplication? app = null;
        try
        {
            File.Delete(Path.Combine(directory, DirectorySocket.FileName));
            address = DirectorySocket.In(directory);
            app = Build(address.Address, host, parts);
            await app.StartAsync(cancellationToken);
            return new OwnerSocket(app, address);
        }
        catch (Exception e)
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            address?.Dispose();
            if (e is SocketException or IOException or UnauthorizedAccessException)
            {
                throw new InfrastructureException("host-socket-unavailable", $"cannot listen on {Path.Combine(directory, DirectorySocket.FileName)}: {e.Message}. Put the data directory on a local file system.", e);
            }

            throw;
        }
    }

    /// <summary>Streams end, then nobody listens any more: whoever followed a loop here may take the directory over.</summary>
    public async ValueTask DisposeAsync()
    {
        _app.Services.GetRequiredService<ApiDrain>().Begin();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _address.Dispose();
    }

    private static WebApplication Build(string path, ILoopHost host, IServiceProvider parts)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddEnvironmentVariables();
        var services = builder.Services;
        services.AddSingleton(parts.GetRequiredService<ILoggerFactory>());
        services.AddSingleton(host);
        services.AddSingleton(parts.GetRequiredService<LoopStarter>());
        services.AddSingleton(parts.GetRequiredService<ModelCatalog>());
        services.AddSingleton(parts.GetRequiredService<ProofKey>());
        services.AddSingleton<CallerAuth, OwnerAuth>();
        services.AddSingleton<OwnerEndpoints>();
        services.AddLoopApi();
        // Readiness is for whoever sends work over the network.
        services.RemoveAll<IReadinessCheck>();
        services.PostConfigure<ApiOptions>(api => (api.MaxRequestBytes, api.TellsAll) = (MostBytes, true));
        services.AddSingleton<IHostLifetime, NoLifetime>();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = Shutdown);
        services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path));
        // A connection that only waits for our end is as good as any.
        services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Limits.KeepAliveTimeout = TimeSpan.FromDays(1));
        var app = builder.Build();
        app.MapLoopApi();
        app.Services.GetRequiredService<OwnerEndpoints>().Map(app);
        return app;
    }

    /// <summary>Signals are the command line's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
