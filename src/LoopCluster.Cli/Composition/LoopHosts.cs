using System.Net.Sockets;
using LoopCluster.Api;
using LoopCluster.Api.Owner;
using LoopCluster.Cli.Output;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;
using LoopCluster.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Cli.Composition;

/// <summary>The embedded product as a generic host: with the API, without it, or no more than reading takes.</summary>
internal static class LoopHosts
{
    /// <summary>For the end of all containers; then for what is still being answered.</summary>
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(30);

    public static IHost Serving(DataDirectory data, RuntimeOptions options, Listening listening, Action<IServiceCollection>? configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        Compose(builder, data, options, configure);
        // Building the application makes the server, which is the first to look at any options.
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                Check(kestrel.ApplicationServices);
                if (listening.Network is { } endpoint)
                {
                    kestrel.Listen(endpoint);
                }
            });
        builder.Services.AddSingleton<IApiKeyStore>(new FileApiKeyStore(data.Keys));
        builder.Services.AddLoopApi().AddOwnerApi(data.Root);
        builder.Services.AddHostedService<LoopParking>();
        var app = builder.Build();
        app.MapLoopApi().MapOwnerApi();
        return app;
    }

    public static IHost Silent(DataDirectory data, RuntimeOptions options, Action<IServiceCollection>? configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        Compose(builder, data, options, configure);
        var host = builder.Build();
        Check(host.Services);
        return host;
    }

    public static ServiceProvider Reading(DataDirectory data, RuntimeOptions options, Action<IServiceCollection>? configure)
    {
        var services = new ServiceCollection();
        configure?.Invoke(services);
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(options.Settings).Build()
        );
        services.AddLogging(logging => Log(logging, options.Verbose));
        return services.AddLoopReading(data, options.Models).BuildServiceProvider();
    }

    /// <summary>All options at once, before any of them is used.</summary>
    private static void Check(IServiceProvider services) => services.GetService<IStartupValidator>()?.Validate();

    /// <summary>What keeps a server from starting, in words; null for what is a fault of ours.</summary>
    public static LoopClusterException? StartFault(Exception fault) =>
        fault is IOException or SocketException
            ? new BadInputException(
                "address-unusable",
                "--port",
                $"the API cannot be served there: {fault.Message} Choose another port or host."
            )
            : null;

    private static void Compose(
        IHostApplicationBuilder builder,
        DataDirectory data,
        RuntimeOptions options,
        Action<IServiceCollection>? configure
    )
    {
        builder.Configuration.AddEnvironmentVariables().AddInMemoryCollection(options.Settings);
        Log(builder.Logging, options.Verbose);
        configure?.Invoke(builder.Services);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Shutdown);
        builder.Services.AddLoopTelemetry(builder.Configuration, "loop");
        builder.Services.AddLocalLoops(data, options.Models, options.SecretNames);
    }

    private static void Log(ILoggingBuilder logging, bool verbose) =>
        logging
            .SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Warning)
            .AddFilter("Microsoft", verbose ? LogLevel.Information : LogLevel.Warning)
            // A start that fails is told by the command.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddProvider(new StderrLoggerProvider(verbose));

    /// <summary>Signals are the command line's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
