using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Keeper;

internal sealed partial class LoopKeeper
{
    [LoggerMessage(EventId = 6221, Level = LogLevel.Information, Message = "Waking {Count} of {All} loops that nobody drives")]
    private static partial void LogWaking(ILogger logger, int count, int all);

    [LoggerMessage(
        EventId = 6222,
        Level = LogLevel.Warning,
        Message = "The index could not be searched for loops that nobody drives; it is tried again"
    )]
    private static partial void LogLookFailed(ILogger logger, Exception error);

    [LoggerMessage(EventId = 6223, Level = LogLevel.Warning, Message = "Loop {Loop} could not be woken; it is tried again")]
    private static partial void LogNotWoken(ILogger logger, Exception error, string loop);
}
