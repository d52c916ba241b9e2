using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Connection;

// Event ids 6100 to 6199 are this project's.
internal sealed partial class RedisConnection
{
    [LoggerMessage(6100, LogLevel.Warning, "No answer from Redis at {Servers} while {What}; what is unanswered is asked for again.")]
    private partial void LogSilent(Exception error, string what, string servers);

    [LoggerMessage(6101, LogLevel.Debug, "Still no answer from Redis while {What}.")]
    private partial void LogAskedAgain(Exception error, string what);

    [LoggerMessage(6102, LogLevel.Information, "Redis at {Servers} answers again.")]
    private partial void LogAnswered(string servers);
}
