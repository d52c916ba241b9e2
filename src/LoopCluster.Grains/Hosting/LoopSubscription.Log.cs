using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Hosting;

internal sealed partial class LoopSubscription
{
    [LoggerMessage(
        EventId = 6231,
        Level = LogLevel.Debug,
        Message = "The grain of loop {Loop} could not be reached; its watchers look at the ledger once a second meanwhile"
    )]
    private static partial void LogNotReached(ILogger logger, Exception error, string loop);
}
