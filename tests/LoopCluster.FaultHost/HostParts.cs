using System.Globalization;
using LoopCluster.Engine.Ledger;
using LoopCluster.FaultHost.Faults;
using LoopCluster.FaultHost.Sandboxes;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Ledgers.File;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Tools;
using LoopCluster.Sandboxes.ContainerCli;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.FaultHost;

/// <summary>The real parts over one data directory, each port behind a decorator that witnesses or fails.</summary>
internal sealed class HostParts : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly WitnessLog _witness;

    private HostParts(ServiceProvider services, WitnessLog witness, LoopPorts ports)
    {
        (_services, _witness, Ports) = (services, witness, ports);
        Starter = new LoopStarter(ports, ModelCatalog.Empty);
        Host = new LocalLoopHost(ports, Starter, services.GetRequiredService<ILoggerFactory>());
    }

    public LoopPorts Ports { get; }

    public LoopStarter Starter { get; }

    public LocalLoopHost Host { get; }

    /// <summary>Starts what runs beside loops: the reaper of containers.</summary>
    public async Task StartServicesAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }
    }

    public ILoggerFactory Loggers => _services.GetRequiredService<ILoggerFactory>();

    /// <exception cref="Engine.Errors.BadInputException"><c>data-directory-in-use</c>.</exception>
    public static HostParts Open(HostOptions options)
    {
        var data = Path.GetFullPath(options.Data);
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole(console => console.SingleLine = true)
                .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace))
            .AddSingleton(TimeProvider.System)
            .AddFileLedger(ledger => ledger.Directory = data)
            .AddWorkspaces(workspaces => workspaces.Directory = data)
            .AddOpenAIModels();
        if (options.Containers)
        {
            services.AddContainerCliSandbox(sandbox => sandbox.StateDirectory = Path.Combine(data, "work", ".sandbox"));
        }
        else
        {
            services.AddSingleton<ISandbox, InProcessSandbox>();
        }

        var provider = services.BuildServiceProvider();
        try
        {
            var witness = new WitnessLog(options.Witness, options.Tell);
            return new HostParts(provider, witness, Compose(provider, data, witness, new WritePoints(options.KillAt)));
        }
        catch
        {
            provider.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        foreach (var service in _services.GetServices<IHostedService>())
        {
            await service.StopAsync(CancellationToken.None);
        }

        await _services.DisposeAsync();
        _witness.Dispose();
    }

    private static LoopPorts Compose(ServiceProvider services, string data, WitnessLog witness, WritePoints points)
    {
        // The lock first: it refuses a second holder before anything of the directory is touched.
        var ledger = new FaultInjectionLedger(services.GetRequiredService<FileLedger>(), points, line => witness.Write(Describe(line)));
        var audit = new FaultInjectionAuditLog(services.GetRequiredService<IAuditLog>(), points);
        var blobs = services.GetRequiredService<IBlobStore>();
        var workspaces = services.GetRequiredService<IWorkspaces>();
        var sandbox = new WitnessedSandbox(services.GetRequiredService<ISandbox>(), witness);
        var redactor = new SecretRedactor([]);
        return new LoopPorts(
            ledger,
            blobs,
            audit,
            sandbox,
            workspaces,
            new ModelRouter(services.GetServices<IModelClient>().Select(client => new WitnessedModel(client, witness))),
            new ToolRegistry(BuiltInTools.Create(TimeProvider.System).Select(tool => new WitnessedTool(tool, witness))),
            redactor,
            new BasePreparer(workspaces, sandbox, blobs, redactor, Path.Combine(data, "work", ".layers")),
            new ProofWriter(workspaces, blobs, new ProofKey(Path.Combine(data, "keys")), Path.Combine(data, "proofs")),
            TimeProvider.System);
    }

    private static string Describe(LedgerLine line)
    {
        var types = LedgerCodec.Read(line).Events.Select(Engine.Events.EventTypes.NameOf);
        return string.Create(CultureInfo.InvariantCulture, $"entry {line.Seq} {string.Join(',', types)}");
    }
}
