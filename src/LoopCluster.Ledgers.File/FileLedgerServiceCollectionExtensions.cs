using LoopCluster.Ledgers.File.Reads;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Ledgers.File;

/// <summary>Registration of ledger, audit log and blobs on disk.</summary>
public static class FileLedgerServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ILoopLedger"/>, <see cref="IReadModel"/>, <see cref="IAuditLog"/> and <see cref="IBlobStore"/> of the data directory
    /// in <see cref="FileLedgerOptions"/>. The directory is locked (<see cref="DataDirectoryLock"/>) when the first of them is asked for
    /// and released with the container.
    /// </summary>
    public static IServiceCollection AddFileLedger(this IServiceCollection services, Action<FileLedgerOptions>? configure = null)
    {
        var options = services.AddOptions<FileLedgerOptions>().BindConfiguration(FileLedgerOptions.Section).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FileLedgerOptions>, FileLedgerOptionsValidator>());
        services.TryAddSingleton(provider =>
            DataDirectoryLock.Acquire(provider.GetRequiredService<IOptions<FileLedgerOptions>>().Value.Directory)
        );
        services.TryAddSingleton(provider =>
            FileLedger.Open(
                provider.GetRequiredService<DataDirectoryLock>(),
                provider.GetRequiredService<IOptions<FileLedgerOptions>>().Value,
                provider.GetService<ILogger<FileLedger>>()
            )
        );
        services.TryAddSingleton(provider => FileBlobStore.Open(provider.GetRequiredService<DataDirectoryLock>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IReadinessCheck, FileLedgerReadiness>());
        services.TryAddSingleton<ILoopLedger>(provider => provider.GetRequiredService<FileLedger>());
        services.AddLogging();
        services.TryAddSingleton<IReadModel>(provider =>
            SqliteReadModel.Own(provider.GetRequiredService<DataDirectoryLock>(), provider.GetRequiredService<ILogger<SqliteReadModel>>())
        );
        services.TryAddSingleton(RecordKeeping.Holder);
        services.TryAddSingleton(provider => provider.GetRequiredService<FileLedger>().Audit);
        services.TryAddSingleton<IBlobStore>(provider => provider.GetRequiredService<FileBlobStore>());
        return services;
    }
}
