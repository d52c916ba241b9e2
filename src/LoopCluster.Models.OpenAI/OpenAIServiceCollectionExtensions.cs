using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LoopCluster.Models.OpenAI;

public static class OpenAIServiceCollectionExtensions
{
    /// <summary>
    /// Adds the clients for OpenAI-compatible endpoints and for scripts as <see cref="IModelClient"/>s. Needs an <see cref="IBlobStore"/>;
    /// options are bound from <see cref="OpenAIModelsOptions.Section"/>.
    /// </summary>
    public static IServiceCollection AddOpenAIModels(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddLogging();
        services.AddMetrics();
        services.AddOptions<OpenAIModelsOptions>().BindConfiguration(OpenAIModelsOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OpenAIModelsOptions>, OpenAIModelsOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<OpenAIInstruments>();
        services.TryAddSingleton<IReplicaLoads, Replicas.ReplicaLoads>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelClient, OpenAIModelClient>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelClient, Scripts.ScriptedModelClient>());
        return services;
    }
}
