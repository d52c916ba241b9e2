using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Reads;

public sealed partial class SqliteReadModel
{
    [LoggerMessage(
        2321,
        LogLevel.Information,
        "The read model {File} {Reason}: it is removed and made anew from the ledger, which is not touched"
    )]
    private static partial void LogRemoved(ILogger logger, string file, string reason);
}
