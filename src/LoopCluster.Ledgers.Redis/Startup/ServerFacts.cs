using System.Globalization;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Startup;

/// <summary>What a server tells of itself. Null is what this user may not know.</summary>
/// <param name="Persists">Whether anything survives its stop.</param>
/// <param name="AppendSync">The setting appendfsync.</param>
internal sealed record ServerFacts(
    string Address,
    Version Version,
    string? EvictionPolicy,
    bool AppendOnly,
    string? AppendSync,
    bool? Persists,
    int Replicas,
    DateTimeOffset? Clock
)
{
    public static async Task<ServerFacts> ReadAsync(IServer server)
    {
        var info = await InfoAsync(server).ConfigureAwait(false);
        var appendOnly = info.GetValueOrDefault("aof_enabled") == "1";
        var save = await SettingAsync(server, "save").ConfigureAwait(false);
        return new ServerFacts(
            server.EndPoint.ToString()!,
            Version.TryParse(info.GetValueOrDefault("redis_version"), out var version) ? version : server.Version,
            info.GetValueOrDefault("maxmemory_policy") ?? await SettingAsync(server, "maxmemory-policy").ConfigureAwait(false),
            appendOnly,
            await SettingAsync(server, "appendfsync").ConfigureAwait(false),
            appendOnly ? true
                : save is null ? null
                : save.Length > 0,
            int.TryParse(info.GetValueOrDefault("connected_slaves"), NumberStyles.None, CultureInfo.InvariantCulture, out var replicas)
                ? replicas
                : 0,
            long.TryParse(info.GetValueOrDefault("server_time_usec"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
                ? DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds)
                : null
        );
    }

    private static async Task<Dictionary<string, string>> InfoAsync(IServer server)
    {
        try
        {
            var text = (string?)await server.ExecuteAsync("INFO").ConfigureAwait(false) ?? "";
            return text.Split("\r\n")
                .Select(l => l.Split(':', 2))
                .Where(p => p.Length == 2)
                .DistinctBy(p => p[0])
                .ToDictionary(p => p[0], p => p[1]);
        }
        catch (RedisServerException e) when (IsForbidden(e))
        {
            return [];
        }
    }

    private static async Task<string?> SettingAsync(IServer server, string name)
    {
        try
        {
            var reply = await server.ExecuteAsync("CONFIG", "GET", name).ConfigureAwait(false);
            return reply.Length == 2 ? (string?)reply[1] : null;
        }
        catch (RedisServerException e) when (IsForbidden(e))
        {
            return null;
        }
    }

    /// <summary>An ACL forbids it, or a managed service has renamed or removed it.</summary>
    private static bool IsForbidden(RedisServerException e) =>
        e.Message.StartsWith("NOPERM", StringComparison.Ordinal) || e.Message.StartsWith("ERR unknown", StringComparison.Ordinal);
}
