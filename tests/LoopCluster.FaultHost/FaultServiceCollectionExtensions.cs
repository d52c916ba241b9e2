using LoopCluster.FaultHost.Faults;
using LoopCluster.FaultHost.Sandboxes;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Tools;
using LoopCluster.Sandboxes.Cli;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.FaultHost;

/// <summary>
/// A decorator in front of each port that witnesses or fails; registered before the product's own parts, which then stay out.
/// </summary>
internal static class FaultServiceCollectionExtensions
{
    /// <summary>In front of the file ledger, which the caller adds.</summary>
    public static IServiceCollection AddFileFaults(this IServiceCollection services, WritePoints points, WitnessLog witness)
    {
        services.AddSingleton<ILoopLedger>(p => new FaultInjectionLedger(p.GetRequiredService<FileLedger>(), points, witness));
        return services.AddSingleton<IAuditLog>(p => new FaultInjectionAuditLog(p.GetRequiredService<FileLedger>().Audit, points));
    }

    /// <summary>In front of models, tools and sandbox.</summary>
    public static IServiceCollection AddFaultParts(
        this IServiceCollection services,
        HostOptions options,
        DataDirectory data,
        WitnessLog witness
    )
    {
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

        return services;
    }
}
