using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.Redis.Accounts;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// A tenant's account is one string: a stamp, and the account as JSON. The server itself refuses what was made from an older one.
/// </summary>
internal sealed class RedisAccountStore(RedisConnection connection) : IAccountStore
{
    /// <summary>What is asked again because its answer was lost finds its own stamp there.</summary>
    private static readonly RedisScript Write = new(
        """
        local now = redis.call('GET', KEYS[1])
        local stamp = now and string.sub(now, 1, 32) or ''
        if stamp == string.sub(ARGV[2], 1, 32) then return 1 end
        if stamp ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2])
        return 1
        """
    );

    public bool IsShared => true;

    public async ValueTask<StoredAccount?> ReadAsync(string tenant, CancellationToken cancellationToken)
    {
        var text = await RunAsync(
                connection.Keys.Account(tenant),
                static (database, key) => database.StringGetAsync(key),
                "reading a tenant's budget",
                cancellationToken
            )
            .ConfigureAwait(false);
        return text.IsNull ? null : AccountText.Read((byte[])text!);
    }

    public async ValueTask<bool> TryWriteAsync(string tenant, BudgetAccount account, string? before, CancellationToken cancellationToken)
    {
        var text = AccountText.Write(account);
        var written = await RunAsync(
                (Key: connection.Keys.Account(tenant), Before: before ?? "", Text: text),
                static (database, s) => Write.RunAsync(database, [s.Key], [s.Before, s.Text]),
                "writing a tenant's budget",
                cancellationToken
            )
            .ConfigureAwait(false);
        return (int)written == 1;
    }

    private async ValueTask<T> RunAsync<TState, T>(
        TState state,
        Func<IDatabase, TState, Task<T>> operation,
        string what,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await connection.RunAsync(state, operation, what, cancellationToken).ConfigureAwait(false);
        }
        catch (InfrastructureException e)
        {
            throw new InfrastructureException("budget-unavailable", e.Message, e);
        }
    }
}
