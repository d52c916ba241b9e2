using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Events;

internal sealed partial class EventStream
{
    [LoggerMessage(EventId = 6310, Level = LogLevel.Debug, Message = "An event stream of loop {Loop} ended: {Reason}")]
    private static partial void LogEnded(ILogger logger, string loop, string reason);

    [LoggerMessage(EventId = 6311, Level = LogLevel.Warning, Message = "An event stream of loop {Loop} could not go on")]
    private static partial void LogBroken(ILogger logger, Exception error, string loop);
}
