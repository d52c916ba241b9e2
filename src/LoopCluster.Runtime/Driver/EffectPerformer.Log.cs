using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Driver;

internal sealed partial class EffectPerformer
{
    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "The containers of loop {Loop} could not be removed now")]
    private static partial void LogNotReleased(ILogger logger, Exception error, string loop);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Error, Message = "{Effect} of loop {Loop} failed in a way that was not foreseen")]
    private static partial void LogEffectFailed(ILogger logger, Exception error, string effect, string loop);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Warning, Message = "The working files of loop {Loop} could not be removed now")]
    private static partial void LogNotDropped(ILogger logger, Exception error, string loop);
}
