using LoopCluster.Ledgers.File;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Sandboxes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Silo;

/// <summary>Every driver of a node, chosen by its options.</summary>
internal static class SiloServices
{
    public static IServiceCollection AddLoopParts(this IServiceCollection services, SiloOptions options, DataDirectory data)
    {
        var models = ModelCatalog.Load(options.ModelsFile ?? data.Models, optional: options.ModelsFile is null);
        services.AddStores(options, data);
        services.AddLoopWorkspaces(workspaces => workspaces.Directory = data.Root);
        services.AddLoopSandboxes(sandbox => sandbox.StateDirectory = data.SandboxState);
        services.AddOpenAIModels();
        return services.AddLoopRuntime(data, models, []);
    }

    /// <summary>No more than it takes to add and revoke keys: no silo is started.</summary>
    public static ServiceProvider ForKeys(IReadOnlyDictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddInMemoryCollection(settings).Build();
        var options = configuration.GetSection("LoopCluster:Silo").Get<SiloOptions>() ?? new SiloOptions();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging(logging =>
            logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning)
        );
        services.TryAddSingleton(TimeProvider.System);
        services.AddStores(options, DataDirectory.Resolve(options.DataDirectory is { Length: > 0 } given ? given : null));
        return services.BuildServiceProvider();
    }

    private static void AddStores(this IServiceCollection services, SiloOptions options, DataDirectory data)
    {
        var key = new ProofKey(options.KeysDirectory ?? data.Keys);
        services.TryAddSingleton(key);
        if (options.Localhost)
        {
            services.TryAddSingleton<IApiKeyStore>(new FileApiKeyStore(data.Keys));
            services.AddFileLedger(file => file.Directory = data.Root);
            return;
        }

        if (options.BlobsDirectory is { } blobs)
        {
            services.TryAddSingleton<IBlobStore>(new FileBlobStore(blobs));
        }

        // The signing key is the deployment's: a silo that was given another one would be another deployment, and is refused.
        services.AddRedisLedger(redis => redis.Deployment = redis.Deployment is { Length: > 0 } named ? named : key.Id);
    }
}
