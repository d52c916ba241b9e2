using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Connection;

// Event ids 6100 to 6199 are this project's.
internal sealed partial class RedisConnection
{
    [LoggerMessage(6100, LogLevel.Warning, "No answer from Redis at {Servers} while {What}; the outcome is unknown and is asked for again.")]
    private partial void LogAskedAgain(Exception error, string what, string servers);
}
