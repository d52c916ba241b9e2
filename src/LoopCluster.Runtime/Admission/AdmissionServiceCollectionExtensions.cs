using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Admission;

internal static class AdmissionServiceCollectionExtensions
{
    /// <summary>Adds <see cref="TenantLimits"/>, configured from <c>LoopCluster:Tenants</c>.</summary>
    public static void AddTenantLimits(this IServiceCollection services)
    {
        services.AddOptions<TenantOptions>().BindConfiguration(TenantOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TenantOptions>, TenantOptionsValidator>());
        services.TryAddSingleton(p => new TenantLimits(() => p.GetRequiredService<IOptionsMonitor<TenantOptions>>().CurrentValue));
    }
}
