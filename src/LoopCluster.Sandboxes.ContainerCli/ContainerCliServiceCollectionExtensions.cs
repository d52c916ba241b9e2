using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LoopCluster.Sandboxes.ContainerCli;

public static class ContainerCliServiceCollectionExtensions
{
    /// <summary>
    /// Sandboxes through a Docker-compatible command line client, as <see cref="ISandbox"/>, and the reaper as a hosted service. Nothing touches the
    /// engine before the first call or the host's start; a missing engine is no fault until a sandbox is asked for.
    /// </summary>
    public static IServiceCollection AddContainerCliSandbox(this IServiceCollection services, Action<ContainerCliOptions>? configure = null)
    {
        var options = services.AddOptions<ContainerCliOptions>().BindConfiguration(ContainerCliOptions.Section).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ContainerCliOptions>, ContainerCliOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ContainerCliSandbox>();
        services.TryAddSingleton<ISandbox>(provider => provider.GetRequiredService<ContainerCliSandbox>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SandboxReaper>());
        return services;
    }
}
