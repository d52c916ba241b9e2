using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Endpoints;

internal sealed partial class EndpointShare
{
    [LoggerMessage(
        EventId = 6251,
        Level = LogLevel.Warning,
        Message = "This silo's share of endpoint {Endpoint} could not be renewed; without it requests wait"
    )]
    private static partial void LogNotRenewed(ILogger logger, Exception error, string endpoint);
}
