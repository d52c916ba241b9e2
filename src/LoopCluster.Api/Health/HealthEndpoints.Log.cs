using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Health;

internal sealed partial class HealthEndpoints
{
    [LoggerMessage(EventId = 6320, Level = LogLevel.Warning, Message = "Not ready: {Check}")]
    private static partial void LogFailed(ILogger logger, Exception error, string check);
}
