using LoopCluster.Runtime.Ports;
using LoopCluster.Workspaces;
using LoopCluster.Workspaces.Layers;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class WorkspaceServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IWorkspaces"/> and <see cref="IPreparedLayers"/> on the local disk, configured from
    /// <c>LoopCluster:Workspaces</c>. Needs an <see cref="IBlobStore"/>. Idempotent.
    /// </summary>
    public static IServiceCollection AddLoopWorkspaces(this IServiceCollection services, Action<WorkspaceOptions>? configure = null)
    {
        var options = services.AddOptions<WorkspaceOptions>().BindConfiguration("LoopCluster:Workspaces").ValidateOnStart();
        if (configure is not null)
        {
            _ = options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WorkspaceOptions>, WorkspaceOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IWorkspaces, GitWorkspaces>();
        services.TryAddSingleton<IPreparedLayers>(p => new LayerDirectory(
            p.GetRequiredService<IBlobStore>(),
            new WorkspaceLayout(p.GetRequiredService<IOptions<WorkspaceOptions>>().Value.Directory).Layers
        ));
        return services;
    }
}
