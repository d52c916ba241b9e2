using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting;

public sealed partial class ParkedLoops
{
    [LoggerMessage(EventId = 2121, Level = LogLevel.Warning, Message = "Parked loop {Loop} could not be taken up")]
    private static partial void LogNotTakenUp(ILogger logger, Exception error, string loop);
}
