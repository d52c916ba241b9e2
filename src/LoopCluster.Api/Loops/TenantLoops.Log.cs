using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Loops;

internal sealed partial class TenantLoops
{
    [LoggerMessage(
        EventId = 6330,
        Level = LogLevel.Error,
        Message = "The beginning of loop {Loop} is damaged: whose it is is not known, and it is told to nobody"
    )]
    private static partial void LogNobodys(ILogger logger, Exception error, string loop);
}
