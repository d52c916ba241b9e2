using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Sandboxes.Cli;

public static class ContainerCliServiceCollectionExtensions
{
    /// <summary>
    /// Sandboxes through a Docker-compatible command line client, as <see cref="ISandbox"/>, and the reaper as a hosted service. Nothing
    /// touches the engine before the first call or the host's start; a missing engine is no fault until a sandbox is asked for. Beside
    /// another driver, <see cref="SandboxOptions.Driver"/> chooses.
    /// </summary>
    public static IServiceCollection AddContainerCliSandbox(
        this IServiceCollection services,
        Action<ContainerCliOptions>? configure = null
    ) => services.AddContainerDriver<ContainerCliDriver, ContainerCliOptions, ContainerCliOptionsValidator>(configure);
}
