using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Driver;

public sealed partial class LoopDriver
{
    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "Loop {Loop} is not driven any more after entry {Seq}")]
    private static partial void LogFailed(ILogger logger, Exception error, string loop, long seq);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Warning, Message = "Loop {Loop} has ended and its signed report could not be left")]
    private static partial void LogNoReport(ILogger logger, Exception error, string loop);
}
