using LoopCluster.Engine.Loops;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Sandboxes.Egress;

internal sealed partial class EgressProxy
{
    [LoggerMessage(5020, LogLevel.Information, "A sandbox of {Loop} was refused a connection to {Host}:{Port}")]
    private static partial void LogRefused(ILogger logger, LoopId loop, string host, int port);

    [LoggerMessage(5021, LogLevel.Debug, "A sandbox of {Loop} connected to {Host}:{Port}")]
    private static partial void LogConnected(ILogger logger, LoopId loop, string host, int port);

    [LoggerMessage(5022, LogLevel.Debug, "A connection of a sandbox of {Loop} ended early: {Reason}")]
    private static partial void LogBroken(ILogger logger, LoopId loop, string reason);

    [LoggerMessage(5023, LogLevel.Warning, "The way out of a sandbox of {Loop} has closed; its connections fail from here on")]
    private static partial void LogStopped(ILogger logger, LoopId loop, Exception fault);
}
