using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// The deployment's API keys, one hash: a field a key, by its SHA-256. Nothing is cached, so a revoked key is refused from the next request
/// on.
/// </summary>
internal sealed class RedisApiKeyStore(RedisConnection connection) : IApiKeyStore
{
    public async ValueTask AddAsync(ApiKey key, CancellationToken cancellationToken)
    {
        var text = JsonSerializer.Serialize(key, JsonSerializerOptions.Web);
        _ = await RunAsync(
                (Keys: connection.Keys.ApiKeys, key.Hash, text),
                static (database, s) => database.HashSetAsync(s.Keys, s.Hash, s.text),
                "adding an API key",
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    public async ValueTask<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        var all = await RunAsync(
                connection.Keys.ApiKeys,
                static (database, keys) => database.HashGetAllAsync(keys),
                "listing API keys",
                cancellationToken
            )
            .ConfigureAwait(false);
        return
        [
            .. all.Select(field => Parse(field.Value))
                .OrderBy(k => k.Tenant, StringComparer.Ordinal)
                .ThenBy(k => k.Prefix, StringComparer.Ordinal),
        ];
    }

    public async ValueTask<bool> RevokeAsync(string prefix, CancellationToken cancellationToken)
    {
        if ((await ListAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault(k => k.Prefix == prefix) is not { } key)
        {
            return false;
        }

        // Gone is gone, whoever removed it: an answer that was lost is asked for again.
        _ = await RunAsync(
                (Keys: connection.Keys.ApiKeys, key.Hash),
                static (database, s) => database.HashDeleteAsync(s.Keys, s.Hash),
                "revoking an API key",
                cancellationToken
            )
            .ConfigureAwait(false);
        return true;
    }

    public async ValueTask<ApiKey?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        var found = await RunAsync(
                (Keys: connection.Keys.ApiKeys, hash),
                static (database, s) => database.HashGetAsync(s.Keys, s.hash),
                "looking an API key up",
                cancellationToken
            )
            .ConfigureAwait(false);
        return found.IsNull ? null : Parse(found);
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
            throw new InfrastructureException("keys-unavailable", e.Message, e);
        }
    }

    private static ApiKey Parse(RedisValue text)
    {
        try
        {
            return JsonSerializer.Deserialize<ApiKey>((string)text!, JsonSerializerOptions.Web) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new InfrastructureException("keys-unavailable", $"an API key in Redis cannot be read: {e.Message}", e);
        }
    }
}
