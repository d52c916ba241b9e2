using LoopCluster.FaultHost.Faults;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.FaultHost.Cluster;

/// <summary>The deployment's store, with a write point in front of each append.</summary>
internal static class RedisFaults
{
    public static IServiceCollection AddFaultyRedis(
        this IServiceCollection services,
        RedisStore store,
        WritePoints points,
        WitnessLog witness
    )
    {
        // The signing key is the deployment's, as it is for a silo of the product.
        var key = new ProofKey(store.KeysDirectory);
        services.AddSingleton(key);
        services.AddRedisLedger(redis =>
            (redis.Configuration, redis.AllowNoPassword, redis.Prefix, redis.Deployment) = (store.Server, true, store.Prefix, key.Id)
        );
        services.Decorate<ILoopLedger>(ledger => new FaultInjectionLedger(ledger, points, witness));
        services.Decorate<IAuditLog>(audit => new FaultInjectionAuditLog(audit, points));
        return services;
    }

    private static void Decorate<T>(this IServiceCollection services, Func<T, T> decorate)
        where T : class
    {
        var inner = services.Last(service => service.ServiceType == typeof(T));
        services.Remove(inner);
        services.AddSingleton(p =>
            decorate((T)(inner.ImplementationFactory?.Invoke(p) ?? ActivatorUtilities.CreateInstance(p, inner.ImplementationType!)))
        );
    }
}
