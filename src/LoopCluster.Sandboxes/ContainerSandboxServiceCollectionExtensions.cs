using LoopCluster.Runtime.Egress;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Containers;
using LoopCluster.Sandboxes.Egress;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes;

internal static class ContainerSandboxServiceCollectionExtensions
{
    /// <summary>
    /// Adds a driver, its options and, once, the sandbox over all drivers and its reaper. Drivers added first are preferred.
    /// </summary>
    public static IServiceCollection AddContainerDriver<TDriver, TOptions, TValidator>(
        this IServiceCollection services,
        Action<TOptions>? configure
    )
        where TDriver : class, IContainerDriver
        where TOptions : SandboxOptions
        where TValidator : class, IValidateOptions<TOptions>
    {
        var options = services.AddOptions<TOptions>().BindConfiguration(SandboxOptions.Section).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IContainerDriver, TDriver>());
        services.AddEgressOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EgressDialer>();
        services.TryAddSingleton<ContainerSandbox>();
        services.TryAddSingleton<ISandbox>(provider => provider.GetRequiredService<ContainerSandbox>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SandboxReaper>());
        return services;
    }
}
