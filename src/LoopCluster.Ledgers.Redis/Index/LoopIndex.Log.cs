using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Index;

internal sealed partial class LoopIndex
{
    [LoggerMessage(
        6110,
        LogLevel.Warning,
        "Loop {Loop} is {Status} now and could not be taken out of the list it was in before; lists pass over it there."
    )]
    private partial void LogNotLeft(Exception error, string loop, string status);

    [LoggerMessage(6111, LogLevel.Error, "Loop {Loop} is left out of a list: its head cannot be read.")]
    private partial void LogDamaged(Exception error, string loop);
}
