using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Sandboxes.EngineApi;

public static class DockerSandboxServiceCollectionExtensions
{
    /// <summary>
    /// Sandboxes through the Docker Engine API, as <see cref="ISandbox"/>, and the reaper as a hosted service. Nothing touches the engine
    /// before the first call or the host's start; a missing engine is no fault until a sandbox is asked for. Beside another driver,
    /// <see cref="SandboxOptions.Driver"/> chooses.
    /// </summary>
    public static IServiceCollection AddDockerSandbox(this IServiceCollection services, Action<DockerSandboxOptions>? configure = null) =>
        services.AddContainerDriver<DockerDriver, DockerSandboxOptions, DockerSandboxOptionsValidator>(configure);
}
