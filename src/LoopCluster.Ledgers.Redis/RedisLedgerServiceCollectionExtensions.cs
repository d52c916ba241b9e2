using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Index;
using LoopCluster.Ledgers.Redis.Startup;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Ledgers.Redis;

/// <summary>Registration of ledger, audit log and blobs in Redis.</summary>
public static class RedisLedgerServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ILoopLedger"/> with <see cref="IReadModel"/>, <see cref="IAuditLog"/> and <see cref="IBlobStore"/> over one
    /// connection, and a check of the server that runs before any hosted service starts. Whichever of the ports is registered already stays
    /// as it is: to keep blobs elsewhere, register that store first.
    /// </summary>
    public static IServiceCollection AddRedisLedger(this IServiceCollection services, Action<RedisLedgerOptions>? configure = null)
    {
        var options = services.AddOptions<RedisLedgerOptions>().BindConfiguration(RedisLedgerOptions.Section).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisLedgerOptions>, RedisLedgerOptionsValidator>());
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RedisLedgerInstruments>();
        services.TryAddSingleton<RedisConnection>();
        services.TryAddSingleton<ReplicaBarrier>();
        services.TryAddSingleton<LoopIndex>();
        services.TryAddSingleton<RedisLedger>();
        services.TryAddSingleton<ILoopLedger>(provider => provider.GetRequiredService<RedisLedger>());
        services.TryAddSingleton<IReadModel, RedisReadModel>();
        services.TryAddSingleton(RecordKeeping.Shared);
        services.TryAddSingleton<IAuditLog, RedisAuditLog>();
        services.TryAddSingleton<IBlobStore, RedisBlobStore>();
        services.TryAddSingleton<IAccountStore, RedisAccountStore>();
        services.TryAddSingleton<IApiKeyStore, RedisApiKeyStore>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IReadinessCheck, RedisReadiness>());
        services.TryAddSingleton(provider => new RedisStartup(
            provider.GetRequiredService<RedisConnection>(),
            provider.GetRequiredService<ReplicaBarrier>(),
            provider.GetRequiredService<ILogger<RedisStartup>>()
        ));
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IHostedService, RedisStartup>(provider => provider.GetRequiredService<RedisStartup>())
        );
        return services;
    }
}
