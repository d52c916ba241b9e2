using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Egress;

public static class EgressServiceCollectionExtensions
{
    /// <summary>Adds <see cref="EgressOptions"/>, which sandboxes and the API both go by. Idempotent.</summary>
    public static IServiceCollection AddEgressOptions(this IServiceCollection services)
    {
        services.AddOptions<EgressOptions>().BindConfiguration(EgressOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EgressOptions>, EgressOptionsValidator>());
        return services;
    }
}
