using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Keeper;

internal sealed partial class LoopRetries
{
    [LoggerMessage(EventId = 6220, Level = LogLevel.Warning, Message = "Loop {Loop} could not be taken up again; it is tried later")]
    private static partial void LogNotWoken(ILogger logger, Exception error, string loop);
}
