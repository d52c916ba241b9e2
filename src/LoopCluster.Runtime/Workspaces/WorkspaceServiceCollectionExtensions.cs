using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Workspaces;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class WorkspaceServiceCollectionExtensions
{
    /// <summary>Registers <see cref="IWorkspaces"/> on the local disk, configured from <c>LoopCluster:Workspaces</c>. Needs an <see cref="IBlobStore"/>. Idempotent.</summary>
    public static IServiceCollection AddWorkspaces(this IServiceCollection services, Action<WorkspaceOptions>? configure = null)
    {
        var options = services.AddOptions<WorkspaceOptions>().BindConfiguration("LoopCluster:Workspaces").ValidateOnStart();
        if (configure is not null)
        {
            _ = options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WorkspaceOptions>, WorkspaceOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IWorkspaces, GitWorkspaces>();
        return services;
    }
}
