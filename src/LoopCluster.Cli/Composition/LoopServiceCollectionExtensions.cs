using LoopCluster.Ledgers.File;
using LoopCluster.Ledgers.File.Reads;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Cli.Composition;

/// <summary>Every driver of the embedded product, bound to one data directory.</summary>
public static class LoopServiceCollectionExtensions
{
    /// <summary>
    /// Adds the loop runtime and <see cref="LocalLoopHost"/> over <paramref name="data"/>. What was registered before (another sandbox,
    /// another clock) stays.
    /// </summary>
    /// <param name="secrets">Names of environment variables to redact beside those the models file names.</param>
    public static IServiceCollection AddLocalLoops(
        this IServiceCollection services,
        DataDirectory data,
        ModelCatalog models,
        IEnumerable<string?> secrets
    )
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddFileLedger(options => options.Directory = data.Root);
        services.AddParkedLoops();
        return services.AddLoopParts(data, models, secrets);
    }

    /// <summary>As <see cref="AddLocalLoops"/>, over another process's files: nothing is locked, and nothing can be appended.</summary>
    public static IServiceCollection AddLoopReading(this IServiceCollection services, DataDirectory data, ModelCatalog models)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new FileLedgerReader(data.Root, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ILoopLedger>(provider => provider.GetRequiredService<FileLedgerReader>());
        services.TryAddSingleton<IReadModel>(provider =>
            SqliteReadModel.Beside(data.Root, provider.GetRequiredService<ILogger<SqliteReadModel>>())
        );
        services.TryAddSingleton(RecordKeeping.Reader);
        services.TryAddSingleton<IAuditLog>(provider => provider.GetRequiredService<FileLedgerReader>());
        services.TryAddSingleton<IBlobStore>(new FileBlobStore(data.Root));
        return services.AddLoopParts(data, models, []);
    }

    private static IServiceCollection AddLoopParts(
        this IServiceCollection services,
        DataDirectory data,
        ModelCatalog models,
        IEnumerable<string?> secrets
    )
    {
        services.AddLoopWorkspaces(workspaces => workspaces.Directory = data.Root);
        services.AddLoopSandboxes(sandbox => sandbox.StateDirectory = data.SandboxState);
        services.AddOpenAIModels();
        services.TryAddSingleton<LocalLoopHost>();
        services.TryAddSingleton<ILoopHost>(provider => provider.GetRequiredService<LocalLoopHost>());
        return services.AddLoopRuntime(data, models, secrets);
    }
}
