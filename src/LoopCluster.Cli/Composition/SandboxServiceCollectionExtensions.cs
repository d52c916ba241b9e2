using LoopCluster.Runtime.Sandboxes;
using LoopCluster.Sandboxes.ContainerCli;
using Microsoft.Extensions.DependencyInjection;
#if CLUSTER_PACK
using LoopCluster.Sandboxes.Docker;
#endif

namespace LoopCluster.Cli.Composition;

/// <summary>Every container driver that this build has. Which one serves is <see cref="SandboxOptions.Driver"/>'s to say, and by default the first that can.</summary>
internal static class SandboxServiceCollectionExtensions
{
    public static IServiceCollection AddSandboxes(this IServiceCollection services, string stateDirectory)
    {
#if CLUSTER_PACK
        services.AddDockerSandbox(options => options.StateDirectory = stateDirectory);
#endif
        return services.AddContainerCliSandbox(options => options.StateDirectory = stateDirectory);
    }

    /// <summary>Whatever was registered: its containers are those of another state directory's installation.</summary>
    public static void ShareSandboxState(this IServiceCollection services, string stateDirectory)
    {
#if CLUSTER_PACK
        services.PostConfigure<DockerSandboxOptions>(options => options.StateDirectory = stateDirectory);
#endif
        services.PostConfigure<ContainerCliOptions>(options => options.StateDirectory = stateDirectory);
    }
}
