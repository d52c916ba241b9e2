using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Keeper;

internal sealed partial class LoopRetries
{
    [LoggerMessage(EventId = 6220, Level = LogLevel.Warning, Message = "Loop {Loop} could not be taken up again; it is tried later")]
    private static partial void LogNotWoken(ILogger logger, Exception error, string loop);

    [LoggerMessage(
        EventId = 6225,
        Level = LogLevel.Error,
        Message = "Loop {Loop} is not in the ledger any more: Redis lost it (flushed, or restarted without its data). It is not tried again"
    )]
    private static partial void LogGone(ILogger logger, string loop);

    [LoggerMessage(
        EventId = 6224,
        Level = LogLevel.Debug,
        Message = "Loop {Loop} could not be handed over; another silo finds it when this one has gone"
    )]
    private static partial void LogNotHandedOver(ILogger logger, Exception error, string loop);
}
