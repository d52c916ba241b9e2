using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Silos;

internal sealed partial class LoopSilo
{
    [LoggerMessage(EventId = 6240, Level = LogLevel.Information, Message = "{Count} loops are parked; other silos may take them up")]
    private static partial void LogParked(ILogger logger, int count);

    [LoggerMessage(
        EventId = 6241,
        Level = LogLevel.Warning,
        Message = "{Left} of {Count} loops were not parked in time; the next driver fences them off"
    )]
    private static partial void LogNotParked(ILogger logger, int left, int count);
}
