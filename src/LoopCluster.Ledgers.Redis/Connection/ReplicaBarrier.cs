using LoopCluster.Engine.Errors;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Connection;

/// <summary>
/// Waits until replicas have what was written, when the options ask for it. <c>WAIT</c> blocks its connection and speaks of that
/// connection's own writes, so it has a connection to itself and writes a short-lived key first: replicas take a server's writes in one
/// order, so whoever has that key has everything written before it. One wait serves all who came while the one before ran.
/// </summary>
internal sealed class ReplicaBarrier(RedisConnection connection) : IAsyncDisposable, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private Task<ConnectionMultiplexer>? _connecting;

    public bool IsNeeded { get; } = connection.Options is { WaitAppendOnlyFile: true } or { WaitReplicas: > 0 };

    /// <summary>
    /// Returns when what was written to the server of <paramref name="key"/> before this call is where the options say it must be.
    /// </summary>
    /// <exception cref="InfrastructureException"><c>ledger-unavailable</c>: it was written, but not confirmed by as many replicas in
    /// time.</exception>
    public ValueTask WaitAsync(RedisKey key, CancellationToken cancellationToken) =>
        !IsNeeded ? ValueTask.CompletedTask : WaitForGroupAsync(key, cancellationToken);

    public void Dispose()
    {
        if (_connecting is { IsCompletedSuccessfully: true } connected)
        {
            connected.Result.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connecting is { IsCompletedSuccessfully: true } connected)
        {
            await connected.Result.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask WaitForGroupAsync(RedisKey key, CancellationToken cancellationToken)
    {
        var shard = await ShardOfAsync(key).ConfigureAwait(false);
        Task waited;
        lock (_lock)
        {
            if (!_groups.TryGetValue(shard, out var group))
            {
                _groups.Add(shard, group = new Group());
            }

            // A wait that has begun may have passed this write: only the next one is sure to cover it.
            waited = group.Next ??= NextAsync(group, key);
        }

        await waited.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task NextAsync(Group group, RedisKey key)
    {
        // Not on the caller's thread: it holds the lock under which this task becomes the group's next.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await group.Turn.WaitAsync().ConfigureAwait(false);
        try
        {
            lock (_lock)
            {
                group.Next = null;
            }

            if (
                !await connection
                    .RunAsync(key, (_, k) => WaitOnceAsync(k), "waiting for replicas", CancellationToken.None)
                    .ConfigureAwait(false)
            )
            {
                throw new InfrastructureException(
                    "ledger-unavailable",
                    $"Redis at {connection.Servers} has what was written, but fewer than {connection.Options.WaitReplicas} replicas confirmed it within {connection.Options.RetryFor}. "
                        + $"See to the replicas, or lower {RedisLedgerOptions.Section}:WaitReplicas, then resume the loop."
                );
            }
        }
        finally
        {
            group.Turn.Release();
        }
    }

    private async Task<bool> WaitOnceAsync(RedisKey key)
    {
        var database = (await MultiplexerAsync().ConfigureAwait(false)).GetDatabase();
        var server = database.Multiplexer.GetServer(key);
        var milliseconds = (long)connection.Options.WaitTimeout.TotalMilliseconds;
        var deadline = TimeProvider.System.GetTimestamp();
        do
        {
            // On a new connection WAIT would speak of no write at all and succeed at once: before and after must be the same one.
            var before = server.ExecuteAsync("CLIENT", "ID");
            var write = database.StringSetAsync(RedisKeys.Barrier(key), "", TimeSpan.FromSeconds(1));
            var waiting = connection.Options.WaitAppendOnlyFile
                ? server.ExecuteAsync("WAITAOF", 1, connection.Options.WaitReplicas, milliseconds)
                : server.ExecuteAsync("WAIT", connection.Options.WaitReplicas, milliseconds);
            var after = server.ExecuteAsync("CLIENT", "ID");
            await Task.WhenAll(before, write, waiting, after).ConfigureAwait(false);
            if (
                (long)await before.ConfigureAwait(false) == (long)await after.ConfigureAwait(false)
                && IsEnough(await waiting.ConfigureAwait(false))
            )
            {
                return true;
            }
        } while (TimeProvider.System.GetElapsedTime(deadline) < connection.Options.RetryFor);
        return false;
    }

    private bool IsEnough(RedisResult reply) =>
        connection.Options.WaitAppendOnlyFile
            ? (long)reply[0] >= 1 && (long)reply[1] >= connection.Options.WaitReplicas
            : (long)reply >= connection.Options.WaitReplicas;

    private async Task<string> ShardOfAsync(RedisKey key)
    {
        var multiplexer = await MultiplexerAsync().ConfigureAwait(false);
        return multiplexer.GetServer(key).EndPoint.ToString()!;
    }

    private async Task<ConnectionMultiplexer> MultiplexerAsync()
    {
        Task<ConnectionMultiplexer> connecting;
        lock (_lock)
        {
            connecting = _connecting = _connecting is null or { IsFaulted: true } ? connection.ConnectAsync("wait") : _connecting;
        }

        return await connecting.ConfigureAwait(false);
    }

    /// <summary>Those who wait for one server.</summary>
    private sealed class Group
    {
        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>The wait that has not begun.</summary>
        public Task? Next { get; set; }
    }
}
