using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Startup;

public sealed partial class RedisStartup
{
    [LoggerMessage(
        6130,
        LogLevel.Critical,
        "Redis at {Address} writes neither an append-only file nor snapshots: EVERY LOOP IS LOST WHEN IT STOPS. Set 'appendonly yes' and 'appendfsync always' unless this is a test."
    )]
    private partial void LogNotPersistent(string address);

    [LoggerMessage(
        6131,
        LogLevel.Warning,
        "Redis at {Address} writes snapshots and no append-only file: when it stops, what was acknowledged since the last snapshot is lost. Set 'appendonly yes' and 'appendfsync always'."
    )]
    private partial void LogSnapshotsOnly(string address);

    [LoggerMessage(
        6132,
        LogLevel.Warning,
        "Redis at {Address} has appendfsync {Setting}: when its machine stops, what was acknowledged in the last second or more is lost. Set 'appendfsync always', or wait for replicas."
    )]
    private partial void LogNotAlways(string address, string setting);

    [LoggerMessage(
        6133,
        LogLevel.Warning,
        "Redis at {Address} does not tell this user {Settings} (CONFIG GET or INFO is not allowed): see to it that maxmemory-policy is noeviction and appendfsync always."
    )]
    private partial void LogUnknown(string address, string settings);
}
