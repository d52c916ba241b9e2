using Microsoft.Extensions.Logging;

namespace LoopCluster.Silo.Starting;

internal sealed partial class SiloStart
{
    [LoggerMessage(EventId = 6400, Level = LogLevel.Debug, Message = "The node did not start")]
    private static partial void LogNotStarted(ILogger logger, Exception error);

    [LoggerMessage(EventId = 6401, Level = LogLevel.Debug, Message = "What had started of the node did not stop well")]
    private static partial void LogNotLeft(ILogger logger, Exception error);
}
