using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Startup;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// Whether Redis takes writes now: a key of a few seconds is written. And whether it still is the one this process started with: one that
/// was flushed, or restarted empty, takes writes as well, and has lost every loop.
/// </summary>
internal sealed class RedisReadiness(RedisConnection connection) : IReadinessCheck
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    public string Name => "ledger";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        _ = await connection
            .RunAsync(
                connection.Keys.Ready,
                static (database, key) => database.StringSetAsync(key, "1", Life),
                "checking that it takes writes",
                cancellationToken
            )
            .ConfigureAwait(false);
        if (connection.Deployment is not { } started)
        {
            return null;
        }

        var found = (string?)
            await connection
                .RunAsync(
                    connection.Keys.Deployment,
                    static (database, key) => database.StringGetAsync(key),
                    "checking that it is the same",
                    cancellationToken
                )
                .ConfigureAwait(false);
        return DeploymentMarker.NameIn(found) == started
            ? null
            : throw new InfrastructureException(
                "ledger-lost",
                $"Redis at {connection.Servers} no longer has what this process started with: it was flushed, or restarted without its data. Every loop, key and blob it held is gone. "
                    + "Restore it from a backup and restart the silos; to begin anew with nothing, restart them and make new keys (docs/redis.md)."
            );
    }
}
