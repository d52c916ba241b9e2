using LoopCluster.Sandboxes.ContainerCli;
using Microsoft.Extensions.DependencyInjection;
#if CLUSTER_PACK
using LoopCluster.Sandboxes.Docker;
#endif

namespace LoopCluster.Bench.Sandbox;

/// <summary>The drivers of this build, preferred as the embedded host prefers them.</summary>
internal static class SandboxDrivers
{
    public static IServiceCollection AddSandboxes(this IServiceCollection services, string stateDirectory, string driver)
    {
#if CLUSTER_PACK
        services.AddDockerSandbox(o => (o.StateDirectory, o.Driver) = (stateDirectory, driver));
#endif
        return services.AddContainerCliSandbox(o => (o.StateDirectory, o.Driver) = (stateDirectory, driver));
    }
}
