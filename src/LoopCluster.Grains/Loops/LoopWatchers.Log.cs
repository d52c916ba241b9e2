using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Loops;

internal sealed partial class LoopWatchers
{
    [LoggerMessage(EventId = 6200, Level = LogLevel.Debug, Message = "A watcher of loop {Loop} does not answer and is dropped")]
    private static partial void LogWatcherLost(ILogger logger, Exception error, string loop);
}
