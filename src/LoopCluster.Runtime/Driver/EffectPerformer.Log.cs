using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Driver;

internal sealed partial class EffectPerformer
{
    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "The containers of loop {Loop} could not be removed now")]
    private static partial void LogNotReleased(ILogger logger, Exception error, string loop);
}
