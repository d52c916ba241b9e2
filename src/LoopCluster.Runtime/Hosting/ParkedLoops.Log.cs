using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting;

public sealed partial class ParkedLoops
{
    [LoggerMessage(EventId = 2121, Level = LogLevel.Warning, Message = "Parked loops could not be looked at; the next look is soon")]
    private static partial void LogNotLooked(ILogger logger, Exception error);

    [LoggerMessage(EventId = 2122, Level = LogLevel.Warning, Message = "Parked loop {Loop} could not be taken up")]
    private static partial void LogNotTakenUp(ILogger logger, Exception error, string loop);
}
