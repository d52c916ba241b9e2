using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Ledger;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// Every key of a deployment. What one script touches has the same hash tag, so that it stays together in a cluster; nothing else does, so
/// that a deployment spreads over all of it.
/// </summary>
internal sealed class RedisKeys(string prefix)
{
    private readonly string _loop = $"{prefix}:loop:{{";

    public string Prefix => prefix;

    /// <summary>Who owns the prefix, and the layout of the keys.</summary>
    public RedisKey Deployment { get; } = $"{prefix}:{{deployment}}";

    /// <summary>Every loop by the time of its first entry: sorted set, score in microseconds.</summary>
    public RedisKey Loops { get; } = $"{prefix}:{{loops}}";

    /// <summary>Every tenant that has audit records: set.</summary>
    public RedisKey Tenants { get; } = $"{prefix}:{{tenants}}";

    /// <summary>A key of a few seconds, written to see that writes are taken.</summary>
    public RedisKey Ready { get; } = $"{prefix}:ready";

    /// <summary>API keys: hash of JSON by the key's SHA-256.</summary>
    public RedisKey ApiKeys { get; } = $"{prefix}:api-keys";

    /// <summary>What the tenant's loops have spent and hold: a cache of their ledgers.</summary>
    public RedisKey Account(string tenant) => $"{prefix}:account:{{{tenant}}}";

    public RedisKey Head(LoopId loop) => string.Concat(_loop, loop.Value, "}:head");

    public RedisKey Log(LoopId loop) => string.Concat(_loop, loop.Value, "}:log");

    /// <summary>The loop's record: what is shown of it, a cache.</summary>
    public RedisKey Record(LoopId loop) => string.Concat(_loop, loop.Value, "}:record");

    public RedisKey AuditHead(string tenant) => $"{prefix}:audit:{{{tenant}}}:head";

    public RedisKey AuditLog(string tenant) => $"{prefix}:audit:{{{tenant}}}:log";

    public RedisKey Blob(string hash) => $"{prefix}:blob:{{{hash}}}";

    /// <summary>Where the chunks of a long blob gather until they are all there.</summary>
    public RedisKey Upload(string hash, Guid upload) => $"{prefix}:blob:{{{hash}}}:{upload:N}";

    /// <summary>A short-lived key in the slot of another one, written so that a <c>WAIT</c> covers what was written before it.</summary>
    public static RedisKey Barrier(RedisKey key) => key.Append(":wait");

    /// <summary>Members of one list of loops. The tenant comes last: it may hold colons, a status may not.</summary>
    public RedisKey Index(LoopStatus? status, string? tenant) =>
        $"{prefix}:index:{{{(status is { } s ? SummaryText.NameOf(s) : "all")}{(tenant is null ? "" : ":" + tenant)}}}";

    /// <summary>The entry that put each member into a list that loops also leave: hash of seq by member.</summary>
    public static RedisKey Entered(RedisKey index) => index.Append(":seq");
}
