using LoopCluster.Api.Auth;
using LoopCluster.Api.Events;
using LoopCluster.Api.Health;
using LoopCluster.Api.Hosting;
using LoopCluster.Api.Loops;
using LoopCluster.Api.Models;
using LoopCluster.Api.OpenApi;
using LoopCluster.Api.Problems;
using LoopCluster.Api.Reviews;
using LoopCluster.Runtime.Egress;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Reviews;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api;

public static class LoopApiServiceCollectionExtensions
{
    /// <summary>
    /// Adds the HTTP API over an <see cref="ILoopHost"/>, an <see cref="IApiKeyStore"/>, a <see cref="ModelCatalog"/> and
    /// <see cref="LoopReviews"/>, which the caller registers along with an <see cref="IReadinessCheck"/> for whatever must work. Options:
    /// <see cref="ApiOptions"/>. Errors of the whole server become problem details. Idempotent.
    /// </summary>
    public static IServiceCollection AddLoopApi(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRoutingCore();
        services.AddLogging();
        services.AddEgressOptions();
        services.AddOptions<ApiOptions>().BindConfiguration(ApiOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ApiOptions>, ApiOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>, KestrelLimits>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, ProblemStartupFilter>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IReadinessCheck, KeyReadiness>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ApiDrain>();
        services.TryAddSingleton<CallerAuth>();
        services.TryAddSingleton<TenantLoops>();
        services.TryAddSingleton<LoopShow>();
        services.TryAddSingleton<NewLoops>();
        services.TryAddSingleton<CreateEndpoint>();
        services.TryAddSingleton<ListEndpoint>();
        services.TryAddSingleton<LoopEndpoints>();
        services.TryAddSingleton<SignalEndpoints>();
        services.TryAddSingleton<StreamSlots>();
        services.TryAddSingleton<EventStream>();
        services.TryAddSingleton<EventsEndpoint>();
        services.TryAddSingleton<ModelsEndpoint>();
        services.TryAddSingleton<ReviewEndpoints>();
        services.TryAddSingleton<HealthEndpoints>();
        OpenApiDocuments.Add(services);
        return services;
    }
}
