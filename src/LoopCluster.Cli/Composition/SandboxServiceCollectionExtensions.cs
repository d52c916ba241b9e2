using LoopCluster.Runtime.Sandboxes;
using LoopCluster.Sandboxes.ContainerCli;
using Microsoft.Extensions.DependencyInjection;
using LoopCluster.Sandboxes.Docker;

namespace LoopCluster.Cli.Composition;

/// <summary>Both container drivers. Which one serves is <see cref="SandboxOptions.Driver"/>'s to say, and by default the first that can.</summary>
internal static class SandboxServiceCollectionExtensions
{
    public static IServiceCollection AddSandboxes(this IServiceCollection services, string stateDirectory)
    {
        services.AddDockerSandbox(options => options.StateDirectory = stateDirectory);
        return services.AddContainerCliSandbox(options => options.StateDirectory = stateDirectory);
    }

    /// <summary>Whatever was registered: its containers are those of another state directory's installation.</summary>
    public static void ShareSandboxState(this IServiceCollection services, string stateDirectory)
    {
        services.PostConfigure<DockerSandboxOptions>(options => options.StateDirectory = stateDirectory);
        services.PostConfigure<ContainerCliOptions>(options => options.StateDirectory = stateDirectory);
    }
}
