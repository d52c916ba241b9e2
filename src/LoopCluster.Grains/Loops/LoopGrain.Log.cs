using LoopCluster.Runtime.Driver;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Loops;

internal sealed partial class LoopGrain
{
    [LoggerMessage(EventId = 6201, Level = LogLevel.Debug, Message = "The drive of loop {Loop} is over: {End}")]
    private static partial void LogDriveEnded(ILogger logger, string loop, DriveEnd end);

    [LoggerMessage(EventId = 6202, Level = LogLevel.Warning, Message = "Loop {Loop} was taken by another driver; this one stops: {Reason}")]
    private static partial void LogDrivenElsewhere(ILogger logger, string loop, string reason);

    [LoggerMessage(EventId = 6203, Level = LogLevel.Error, Message = "The drive of loop {Loop} failed; it is taken up again after a while")]
    private static partial void LogDriveFailed(ILogger logger, Exception error, string loop);

    [LoggerMessage(EventId = 6204, Level = LogLevel.Information, Message = "Loop {Loop} is parked, because its activation goes: {Reason}")]
    private static partial void LogHandsOver(ILogger logger, string loop, DeactivationReasonCode reason);
}
