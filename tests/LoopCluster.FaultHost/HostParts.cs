using LoopCluster.Cli.Composition;
using LoopCluster.FaultHost.Faults;
using LoopCluster.FaultHost.Sandboxes;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Tools;
using LoopCluster.Sandboxes.ContainerCli;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.FaultHost;

/// <summary>The product's own composition over one data directory, with a decorator in front of each port that witnesses or fails.</summary>
internal sealed class HostParts : IAsyncDisposable
{
    private readonly LoopRuntime _runtime;
    private readonly WitnessLog _witness;

    private HostParts(LoopRuntime runtime, WitnessLog witness, WritePoints points) => (_runtime, _witness, Points) = (runtime, witness, points);

    public WritePoints Points { get; }

    public LoopPorts Ports => _runtime.Ports;

    public LoopStarter Starter => _runtime.Starter;

    public LocalLoopHost Host => _runtime.Host;

    /// <summary>Takes the directory's lock, starts the reaper, and listens for other processes.</summary>
    public static async Task<HostParts> OpenAsync(HostOptions options)
    {
        var data = DataDirectory.Resolve(options.Data);
        var witness = new WitnessLog(options.Witness, options.Tell);
        var points = new WritePoints(options.KillAt);
        var runtime = await LoopRuntime.OwnAsync(data, new RuntimeOptions(ModelCatalog.Empty, []), services => Stand(services, options, data, witness, points));
        await runtime.StartAsync(CancellationToken.None);
        return new HostParts(runtime, witness, points);
    }

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _witness.Dispose();
    }

    private static void Stand(IServiceCollection services, HostOptions options, DataDirectory data, WitnessLog witness, WritePoints points)
    {
        services.AddSingleton<ILoopLedger>(p => new FaultInjectionLedger(p.GetRequiredService<FileLedger>(), points, witness));
        services.AddSingleton<IAuditLog>(p => new FaultInjectionAuditLog(p.GetRequiredService<FileLedger>().Audit, points));
        services.AddSingleton(p => new ModelRouter(p.GetServices<IModelClient>().Select(client => new WitnessedModel(client, witness))));
        services.AddSingleton(new ToolRegistry(BuiltInTools.Create(TimeProvider.System).Select(tool => new WitnessedTool(tool, witness))));
        if (options.Containers)
        {
            services.AddContainerCliSandbox(sandbox => sandbox.StateDirectory = data.SandboxState);
            var real = services.Last(service => service.ServiceType == typeof(ISandbox));
            services.Remove(real);
            services.AddSingleton<ISandbox>(p => new WitnessedSandbox((ISandbox)real.ImplementationFactory!(p), witness));
        }
        else
        {
            services.AddSingleton<ISandbox>(new WitnessedSandbox(new InProcessSandbox(), witness));
            // The reaper finds no engine: this run has no containers.
            services.PostConfigure<ContainerCliOptions>(sandbox => sandbox.Cli = "no-container-engine");
        }
    }
}
