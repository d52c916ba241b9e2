using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Cli;
using LoopCluster.Sandboxes.EngineApi;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Sandboxes;

public static class SandboxServiceCollectionExtensions
{
    /// <summary>
    /// Adds both container drivers as <see cref="ISandbox"/>, and the reaper as a hosted service. Which one serves is
    /// <see cref="SandboxOptions.Driver"/>'s to say, and by default the first that can. Idempotent.
    /// </summary>
    public static IServiceCollection AddLoopSandboxes(this IServiceCollection services, Action<SandboxOptions>? configure = null) =>
        services.AddDockerSandbox(configure).AddContainerCliSandbox(configure);

    /// <summary>After everything else that is configured, for either driver.</summary>
    public static IServiceCollection PostConfigureLoopSandboxes(this IServiceCollection services, Action<SandboxOptions> configure) =>
        services.PostConfigure<DockerSandboxOptions>(configure).PostConfigure<ContainerCliOptions>(configure);
}
