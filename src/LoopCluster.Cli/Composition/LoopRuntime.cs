using LoopCluster.Api.Hosting;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Reviews;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LoopCluster.Cli.Composition;

/// <summary>
/// This process's parts over one data directory. Disposing parks what is driven, ends its containers and releases the lock.
/// </summary>
public sealed class LoopRuntime : IAsyncDisposable
{
    private readonly IAsyncDisposable _parts;
    private readonly IHost? _host;
    private bool _started;

    private LoopRuntime(DataDirectory data, IHost host) =>
        (Data, Services, _host, _parts) = (data, host.Services, host, (IAsyncDisposable)host);

    private LoopRuntime(DataDirectory data, ServiceProvider services) => (Data, Services, _parts) = (data, services, services);

    public DataDirectory Data { get; }

    public IServiceProvider Services { get; }

    public LoopPorts Ports => Services.GetRequiredService<LoopPorts>();

    // One by one, for commands that read: asking for all the ports makes sandboxes, models and tools.
    public ILoopLedger Ledger => Services.GetRequiredService<ILoopLedger>();

    public LoopRecords Records => Services.GetRequiredService<LoopRecords>();

    public LoopReviews Reviews => Services.GetRequiredService<LoopReviews>();

    public IAuditLog Audit => Services.GetRequiredService<IAuditLog>();

    public IBlobStore Blobs => Services.GetRequiredService<IBlobStore>();

    public LoopStarter Starter => Services.GetRequiredService<LoopStarter>();

    public LoopArtifacts Artifacts => Services.GetRequiredService<LoopArtifacts>();

    public LocalLoopHost Host => Services.GetRequiredService<LocalLoopHost>();

    /// <summary>Not looking yet: for a process that serves.</summary>
    public ParkedLoops Parked => Services.GetRequiredService<ParkedLoops>();

    public SignalRecorder Recorder => Services.GetRequiredService<SignalRecorder>();

    /// <summary>Where the API is reached over the network, once started.</summary>
    public Uri Url =>
        new(
            Services
                .GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.First(a => !a.Contains("unix:", StringComparison.Ordinal))
        );

    /// <summary>Takes the directory's lock.</summary>
    /// <param name="configure">Registers parts that shall stand in for the usual ones.</param>
    /// <exception cref="Engine.Errors.BadInputException"><c>data-directory-in-use</c> or <c>data-directory-unusable</c>.</exception>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>ledger-unavailable</c>.</exception>
    /// <exception cref="OptionsValidationException">Settings that cannot be used; several in an <see cref="AggregateException"/>. Each is
    /// named by its key.</exception>
    public static async ValueTask<LoopRuntime> OwnAsync(
        DataDirectory data,
        RuntimeOptions options,
        Action<IServiceCollection>? configure = null
    )
    {
        data.Create();
        var runtime = new LoopRuntime(
            data,
            options.Listening is { } listening
                ? LoopHosts.Serving(data, options, listening, configure)
                : LoopHosts.Silent(data, options, configure)
        );
        try
        {
            // It is opening the ledger that takes the lock.
            _ = runtime.Ports;
            return runtime;
        }
        catch
        {
            // What the container made so far, the lock among it, must not outlive the failure.
            await runtime.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads only; needs no lock.</summary>
    public static LoopRuntime Read(DataDirectory data, RuntimeOptions options, Action<IServiceCollection>? configure = null) =>
        new(data, LoopHosts.Reading(data, options, configure));

    /// <summary>
    /// Starts what runs beside loops (the reaper of containers) and, where it shall listen, the API. Only before driving.
    /// </summary>
    /// <exception cref="Engine.Errors.LoopClusterException"><c>address-unusable</c> or <c>host-socket-unavailable</c>.</exception>
    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        _started = true;
        try
        {
            await _host!.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (LoopHosts.StartFault(fault) is { } told)
        {
            throw told;
        }
    }

    /// <summary>Not ready any more, no new loops, event streams end; what is asked otherwise is still answered.</summary>
    public void BeginDrain() => Services.GetRequiredService<ApiDrain>().Begin();

    public async ValueTask DisposeAsync()
    {
        if (_started)
        {
            await _host!.StopAsync().ConfigureAwait(false);
        }

        await _parts.DisposeAsync().ConfigureAwait(false);
    }
}
