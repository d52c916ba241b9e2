using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Silos;

internal static class SiloLimitsServiceCollectionExtensions
{
    /// <summary>Repeating it is harmless.</summary>
    public static void AddSiloLimits(this IServiceCollection services)
    {
        services.AddOptions<SiloLimits>().BindConfiguration(SiloLimits.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SiloLimits>, SiloLimitsValidator>());
    }
}
