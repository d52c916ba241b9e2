using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting;

public sealed partial class LoopDrivers
{
    [LoggerMessage(EventId = 2101, Level = LogLevel.Warning, Message = "A loop was parked with an error")]
    private static partial void LogParkedWithError(ILogger logger, Exception error);
}
