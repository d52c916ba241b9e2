using LoopCluster.Grains.Endpoints;
using LoopCluster.Grains.Hosting;
using LoopCluster.Grains.Keeper;
using LoopCluster.Grains.Loops;
using LoopCluster.Grains.Silos;
using LoopCluster.Grains.Tenants;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LoopCluster.Grains;

/// <summary>Loops on a silo.</summary>
public static class LoopGrainsSiloBuilderExtensions
{
    /// <summary>
    /// Adds the grains, the keeper and <see cref="GrainLoopHost"/> as <see cref="ILoopHost"/>. Needs what <c>AddLoopRuntime</c> adds, and a
    /// ledger that all silos share.
    /// </summary>
    public static ISiloBuilder AddLoopGrains(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddLoopGrains();
        return silo;
    }

    /// <inheritdoc cref="AddLoopGrains(ISiloBuilder)"/>
    public static IServiceCollection AddLoopGrains(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<KeeperOptions>().BindConfiguration(KeeperOptions.Section).ValidateOnStart();
        services.AddSiloLimits();
        services.AddOptions<EndpointSharingOptions>().BindConfiguration(EndpointSharingOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EndpointSharingOptions>, EndpointSharingOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KeeperOptions>, KeeperOptionsValidator>());
        services.TryAddSingleton(p => new LoopDrivers(
            p.GetRequiredService<LoopPorts>(),
            p.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString(),
            p.GetRequiredService<ILoggerFactory>()
        ));
        services.TryAddSingleton<TenantPlaces>();
        services.TryAddSingleton<LoopWaker>();
        services.TryAddSingleton<LoopRetries>();
        services.TryAddSingleton<LoopWatches>();
        services.TryAddSingleton<LoopKeeper>();
        services.TryAddSingleton<EndpointServiceClient>();
        if (services.All(s => s.ServiceType != typeof(EndpointShares)))
        {
            // The grain service beside it has no TryAdd: once, however often this is called.
            services.AddSingleton<EndpointShares>();
            services.AddSingleton<IEndpointConcurrency>(p => p.GetRequiredService<EndpointShares>());
            services.AddGrainService<EndpointService>();
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, LoopSilo>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILifecycleParticipant<ISiloLifecycle>, SilentSilos>());
        services.TryAddSingleton(p => new GrainLoopHost(
            p.GetRequiredService<LoopPorts>(),
            p.GetRequiredService<LoopStarter>(),
            p.GetRequiredService<LoopArtifacts>(),
            p.GetRequiredService<LoopDrivers>(),
            p.GetRequiredService<LoopWaker>(),
            p.GetRequiredService<LoopWatches>(),
            p.GetRequiredService<IGrainFactory>(),
            p.GetRequiredService<IClusterMembershipService>(),
            p.GetRequiredService<ILogger<GrainLoopHost>>()
        ));
        services.TryAddSingleton<ILoopHost>(p => p.GetRequiredService<GrainLoopHost>());
        return services;
    }

    /// <summary>
    /// How soon a dead silo is known to be dead, and that a slow one is not. What each value does is in docs/cluster.md.
    /// </summary>
    public static ISiloBuilder ConfigureLoopMembership(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        return silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.MinProbeTimeout = TimeSpan.FromMilliseconds(500);
            options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
            options.MaxProbeTimeout = TimeSpan.FromSeconds(1.5);
            options.NumMissedProbesLimit = 3;
            options.NumVotesForDeathDeclaration = 2;
            options.EnableIndirectProbes = true;
            options.EnableConnectionLivenessCheck = true;
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);
            options.NumMissedTableIAmAliveLimit = 4;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        });
    }
}
