using LoopCluster.Api;
using LoopCluster.Api.Hosting;
using LoopCluster.Grains.Silos;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.Silo.Starting;
using LoopCluster.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Hosting;

namespace LoopCluster.Silo;

/// <summary>API and silo in one process: what a node of the cluster runs.</summary>
public static class SiloApplication
{
    /// <param name="settings">Configuration from the command line; wins over files and environment.</param>
    /// <param name="configure">Registers parts that shall stand in for the usual ones.</param>
    public static WebApplication Create(IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        // What these say of every request and every change of the ring drowns what an operator must see; Logging:LogLevel in the
        // configuration still wins.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning);
        // A start that fails is told once, in words, by the command line; its stack at Debug.
        WebApplication? application = null;
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        foreach (
            var category in (string[])
                ["Orleans.Runtime.Silo", "Orleans.Runtime.SiloLifecycleSubject", "Orleans.Runtime.MembershipService.MembershipTableManager"]
        )
        {
            builder.Logging.AddFilter(category, level =>
                level >= (application?.Lifetime.ApplicationStarted.IsCancellationRequested == true ? LogLevel.Warning : LogLevel.Critical)
            );
        }

        var options = builder.Configuration.GetSection("LoopCluster:Silo").Get<SiloOptions>() ?? new SiloOptions();
        configure?.Invoke(builder.Services);
        builder.Services.AddOptions<SiloOptions>().BindConfiguration("LoopCluster:Silo").ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SiloOptions>, SiloOptionsValidator>());
        builder
            .Services.AddOptions<HostOptions>()
            .Configure<IOptions<SiloLimits>>((host, limits) => host.ShutdownTimeout = TimeSpan.FromSeconds(limits.Value.DrainSeconds));
        builder.WebHost.UseUrls(options.Url);
        builder.Services.AddHostedService<PortCheck>();
        var data = DataDirectory.Resolve(options.DataDirectory is { Length: > 0 } given ? given : null);
        data.Create();
        builder.Services.AddLoopParts(options, data);
        var isTraced = builder.Services.AddLoopTelemetry(
            builder.Configuration,
            "loop-silo",
            "Microsoft.Orleans",
            "Microsoft.Orleans.Application"
        );
        builder.UseOrleans(silo =>
        {
            silo.AddLoopCluster(options);
            if (isTraced)
            {
                // So that a loop's span can be linked to the request that another silo took.
                silo.AddActivityPropagation();
            }
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IReadinessCheck, SiloReadiness>());
        builder.Services.AddLoopApi();

        application = builder.Build();
        application.MapLoopApi();
        // New loops are refused and streams end before the silo begins to hand over.
        application.Lifetime.ApplicationStopping.Register(application.Services.GetRequiredService<ApiDrain>().Begin);
        return application;
    }
}
