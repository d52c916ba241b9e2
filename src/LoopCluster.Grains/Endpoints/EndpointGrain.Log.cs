using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Endpoints;

internal sealed partial class EndpointGrain
{
    [LoggerMessage(
        EventId = 6250,
        Level = LogLevel.Warning,
        Message = "Silo {Silo} does not say what it holds of endpoint {Endpoint}; no share grows for {Lease}"
    )]
    private static partial void LogSilent(ILogger logger, Exception error, SiloAddress silo, string endpoint, TimeSpan lease);
}
