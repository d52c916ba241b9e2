using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Silos;

internal sealed partial class SilentSilos
{
    [LoggerMessage(
        EventId = 6242,
        Level = LogLevel.Warning,
        Message = "Silo {Silo} has given no sign of life for {Seconds} s while this one waits to join; it is declared dead"
    )]
    private static partial void LogDeclaredDead(ILogger logger, SiloAddress silo, double seconds);

    [LoggerMessage(
        EventId = 6243,
        Level = LogLevel.Warning,
        Message = "The members' signs of life could not be looked at; it is tried again"
    )]
    private static partial void LogLookFailed(ILogger logger, Exception error);
}
