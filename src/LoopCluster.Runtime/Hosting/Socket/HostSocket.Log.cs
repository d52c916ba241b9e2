using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting.Socket;

public sealed partial class HostSocket
{
    [LoggerMessage(2111, LogLevel.Error, "The host socket does not listen any more; other processes cannot reach this one")]
    private static partial void LogNotListening(ILogger logger, Exception exception);

    [LoggerMessage(2112, LogLevel.Debug, "A process hung up: {Reason}")]
    private static partial void LogHungUp(ILogger logger, string reason);

    [LoggerMessage(2113, LogLevel.Error, "A request of another process failed")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
