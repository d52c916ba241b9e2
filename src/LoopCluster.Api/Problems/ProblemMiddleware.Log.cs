using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Problems;

internal sealed partial class ProblemMiddleware
{
    [LoggerMessage(EventId = 6300, Level = LogLevel.Error, Message = "A request failed with {Code} (trace id {TraceId})")]
    private static partial void LogFailed(ILogger logger, Exception error, string code, string traceId);

    [LoggerMessage(EventId = 6301, Level = LogLevel.Debug, Message = "The client hung up (trace id {TraceId})")]
    private static partial void LogHungUp(ILogger logger, string traceId);
}
