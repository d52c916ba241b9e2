using LoopCluster.Sandboxes.ContainerCli;
using Microsoft.Extensions.DependencyInjection;
using LoopCluster.Sandboxes.Docker;

namespace LoopCluster.Bench.Sandbox;

/// <summary>Both container drivers, preferred as the embedded host prefers them.</summary>
internal static class SandboxDrivers
{
    public static IServiceCollection AddSandboxes(this IServiceCollection services, string stateDirectory, string driver)
    {
        services.AddDockerSandbox(o => (o.StateDirectory, o.Driver) = (stateDirectory, driver));
        return services.AddContainerCliSandbox(o => (o.StateDirectory, o.Driver) = (stateDirectory, driver));
    }
}
