using LoopCluster.Api.Owner;
using LoopCluster.Cli.Output;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Cli.Composition;

/// <summary>This process's parts over one data directory. Disposing parks what is driven, ends its containers and releases the lock.</summary>
public sealed class LoopRuntime : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly List<IHostedService> _started = [];
    private OwnerSocket? _socket;

    private LoopRuntime(DataDirectory data, ServiceProvider services) => (Data, _services) = (data, services);

    public DataDirectory Data { get; }

    public IServiceProvider Services => _services;

    public LoopPorts Ports => _services.GetRequiredService<LoopPorts>();

    // One by one, for commands that read: asking for all the ports makes sandboxes, models and tools.
    public ILoopLedger Ledger => _services.GetRequiredService<ILoopLedger>();

    public IReadModel Reads => _services.GetRequiredService<IReadModel>();

    public IAuditLog Audit => _services.GetRequiredService<IAuditLog>();

    public IBlobStore Blobs => _services.GetRequiredService<IBlobStore>();

    public LoopStarter Starter => _services.GetRequiredService<LoopStarter>();

    public LoopArtifacts Artifacts => _services.GetRequiredService<LoopArtifacts>();

    public LocalLoopHost Host => _services.GetRequiredService<LocalLoopHost>();

    /// <summary>Not looking yet: for a process that serves.</summary>
    public ParkedLoops Parked => _services.GetRequiredService<ParkedLoops>();

    public SignalRecorder Recorder => _services.GetRequiredService<SignalRecorder>();

    /// <summary>Takes the directory's lock.</summary>
    /// <param name="configure">Registers parts that shall stand in for the usual ones.</param>
    /// <exception cref="Engine.Errors.BadInputException"><c>data-directory-in-use</c> or <c>data-directory-unusable</c>.</exception>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>ledger-unavailable</c>.</exception>
    public static async ValueTask<LoopRuntime> OwnAsync(DataDirectory data, RuntimeOptions options, Action<IServiceCollection>? configure = null)
    {
        data.Create();
        var services = Begin(options, configure, out var configuration);
        services.AddLoopTelemetry(configuration, "loop");
        services.AddLocalLoops(data, options.Models, options.SecretNames);
        var runtime = new LoopRuntime(data, services.BuildServiceProvider());
        try
        {
            _ = runtime.Ports;
            return runtime;
        }
        catch
        {
            // What the container made so far, the lock among it, must not outlive the failure.
            await runtime._services.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads only; needs no lock.</summary>
    public static LoopRuntime Read(DataDirectory data, RuntimeOptions options, Action<IServiceCollection>? configure = null) =>
        new(data, Begin(options, configure, out _).AddLoopReading(data, options.Models).BuildServiceProvider());

    /// <summary>Starts what runs beside loops (the reaper of containers) and listens for other processes. Only before driving.</summary>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _socket ??= await OwnerSocket.ListenAsync(Data.Root, Host, _services, cancellationToken).ConfigureAwait(false);
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(cancellationToken).ConfigureAwait(false);
            _started.Add(service);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_socket is { } socket)
        {
            // Parked before nobody listens any more: a process that follows a loop here takes it over when the connection ends.
            await Host.DisposeAsync().ConfigureAwait(false);
            await socket.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var service in _started.AsEnumerable().Reverse())
        {
            await service.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await _services.DisposeAsync().ConfigureAwait(false);
    }

    private static ServiceCollection Begin(RuntimeOptions options, Action<IServiceCollection>? configure, out IConfiguration configuration)
    {
        var services = new ServiceCollection();
        configure?.Invoke(services);
        configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(options.Settings).Build();
        services.AddSingleton(configuration);
        services.AddLogging(logging =>
        {
            logging.SetMinimumLevel(options.Verbose ? LogLevel.Debug : LogLevel.Warning);
            logging.AddProvider(new StderrLoggerProvider(options.Verbose));
        });
        return services;
    }
}

/// <param name="Models">What names of models stand for.</param>
/// <param name="SecretNames">Environment variables to redact beside those of the models file.</param>
/// <param name="Verbose">Log from Debug up; otherwise warnings.</param>
/// <param name="Settings">Configuration beside the environment's.</param>
public sealed record RuntimeOptions(ModelCatalog Models, IReadOnlyList<string?> SecretNames, bool Verbose = false, IReadOnlyDictionary<string, string?>? Settings = null);
