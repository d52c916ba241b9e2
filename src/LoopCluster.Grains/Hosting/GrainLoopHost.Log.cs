using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Hosting;

public sealed partial class GrainLoopHost
{
    [LoggerMessage(EventId = 6230, Level = LogLevel.Warning, Message = "Loop {Loop} was created and could not be woken; a keeper will")]
    private static partial void LogNotWoken(ILogger logger, Exception error, string loop);
}
