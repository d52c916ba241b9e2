using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.Redis;

/// <summary>Whether Redis takes writes now: a key of a few seconds is written.</summary>
internal sealed class RedisReadiness(RedisConnection connection) : IReadinessCheck
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    public string Name => "ledger";

    public async ValueTask<string?> CheckAsync(CancellationToken cancellationToken)
    {
        _ = await connection.RunAsync(connection.Keys.Ready, static (database, key) => database.StringSetAsync(key, "1", Life), "checking that it takes writes", cancellationToken).ConfigureAwait(false);
        return null;
    }
}
