using System.Net;
using System.Net.Sockets;
using LoopCluster.Api;
using LoopCluster.Api.Hosting;
using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Cli.Server;

/// <summary>The API over the loops of this process.</summary>
internal sealed class EmbeddedServer : IAsyncDisposable
{
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(10);

    private readonly WebApplication _app;

    private EmbeddedServer(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Starts serving; disposing stops.</summary>
    /// <param name="settings">Options beside those of the environment.</param>
    /// <exception cref="BadInputException"><c>address-unusable</c>.</exception>
    public static async Task<EmbeddedServer> StartAsync(
        LoopRuntime runtime, IPEndPoint endpoint, bool verbose, CancellationToken cancellationToken, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var app = Build(runtime, endpoint, verbose, settings);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new EmbeddedServer(app);
        }
        catch (Exception fault)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            if (fault is IOException or SocketException)
            {
                throw new BadInputException("address-unusable", "--port", $"{endpoint} cannot be served on: {fault.Message} Choose another port or host.");
            }

            throw;
        }
    }

    /// <summary>Not ready any more, no new loops, event streams end; what is asked otherwise is still answered.</summary>
    public void BeginDrain() => _app.Services.GetRequiredService<ApiDrain>().Begin();

    public async ValueTask DisposeAsync()
    {
        BeginDrain();
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static WebApplication Build(LoopRuntime runtime, IPEndPoint endpoint, bool verbose, IReadOnlyDictionary<string, string?>? settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddEnvironmentVariables().AddInMemoryCollection(settings);
        builder.Logging.SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Warning).AddProvider(new StderrLoggerProvider(verbose));
        builder.Services.AddSingleton<ILoopHost>(runtime.Host);
        builder.Services.AddSingleton(runtime.Services.GetRequiredService<ModelCatalog>());
        builder.Services.AddSingleton(runtime.Services.GetRequiredService<ProofKey>());
        builder.Services.AddSingleton<IApiKeyStore>(new FileApiKeyStore(runtime.Data.Keys));
        foreach (var check in runtime.Services.GetServices<IReadinessCheck>())
        {
            builder.Services.AddSingleton(check);
        }

        builder.Services.AddLoopApi();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Shutdown);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(endpoint));
        var app = builder.Build();
        app.MapLoopApi();
        return app;
    }

    /// <summary>Signals are the command line's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
