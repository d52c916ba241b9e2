using LoopCluster.Runtime.Skills;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LoopCluster.Runtime.Tools;

public static class ToolsServiceCollectionExtensions
{
    /// <summary>
    /// Adds the <see cref="ToolRegistry"/> of the built-in tools and every other registered <see cref="ITool"/>. Idempotent.
    /// </summary>
    public static IServiceCollection AddTools(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new ToolRegistry([
            .. BuiltInTools.Create(provider.GetRequiredService<TimeProvider>(), provider.GetService<SkillLibraries>()),
            .. provider.GetServices<ITool>(),
        ]));
        return services;
    }
}
