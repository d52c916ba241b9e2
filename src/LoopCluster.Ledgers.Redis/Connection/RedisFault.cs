using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Connection;

/// <summary>What an exception of StackExchange.Redis means for whoever asked.</summary>
internal static class RedisFault
{
    /// <summary>Replies of a server that will take the command again soon.</summary>
    private static readonly string[] Passing =
    [
        "LOADING",
        "MASTERDOWN",
        "CLUSTERDOWN",
        "TRYAGAIN",
        "READONLY",
        "BUSY",
        "MOVED",
        "ASK",
        "NOREPLICAS",
    ];

    /// <summary>True for what Redis or the way to it can do; anything else is a bug and is not caught.</summary>
    public static bool IsOne(Exception error) =>
        error is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException;

    /// <summary>
    /// True when asking again can help: nothing came back, so the command was carried out, was not, or will be; or the server said that it
    /// cannot now.
    /// </summary>
    public static bool IsPassing(Exception error) =>
        error switch
        {
            RedisServerException server => Passing.Any(p => server.Message.StartsWith(p, StringComparison.Ordinal)),
            ObjectDisposedException => false,
            _ when IsRefusedUser(error) => false,
            _ => true,
        };

    /// <summary>What to do about it.</summary>
    public static string Advice(Exception error) =>
        error.Message switch
        {
            var m when m.StartsWith("OOM", StringComparison.Ordinal) =>
                "Redis has reached maxmemory: give it more, or remove what is not needed, then resume the loop.",
            var m when m.StartsWith("READONLY", StringComparison.Ordinal) => "The server is a read-only replica: name the master.",
            var m when m.StartsWith("MISCONF", StringComparison.Ordinal) =>
                "Redis cannot write to its disk: free space or mend it, then resume the loop.",
            var m when m.StartsWith("NOPERM", StringComparison.Ordinal) => "The ACL user lacks a right: docs/redis.md lists what it needs.",
            var m
                when m.StartsWith("NOAUTH", StringComparison.Ordinal)
                    || m.StartsWith("WRONGPASS", StringComparison.Ordinal)
                    || IsRefusedUser(error) => $"Give user and password in {RedisLedgerOptions.Section}:Configuration.",
            _ => "See that Redis runs and can be reached, then resume the loop.",
        };

    /// <summary>The library says "no connection" and keeps why inside: a refused password does not become right by waiting.</summary>
    private static bool IsRefusedUser(Exception? error) =>
        error is not null
        && (
            error is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
            || IsRefusedUser(error.InnerException)
        );
}
