using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Writing;

internal sealed partial class GroupWriter
{
    [LoggerMessage(
        3011,
        LogLevel.Error,
        "{Directory}: a write or sync failed; every append of its group failed. The ledger is read back before anything else is written."
    )]
    private partial void LogUnavailable(Exception error, string directory);

    [LoggerMessage(3012, LogLevel.Error, "{Directory}: still not writable.")]
    private partial void LogStillUnavailable(Exception error, string directory);

    [LoggerMessage(3013, LogLevel.Warning, "{Directory}: read back after a failed write; appending goes on in a new segment.")]
    private partial void LogReadBack(string directory);

    [LoggerMessage(
        3014,
        LogLevel.Error,
        "{Directory}: the copy of the audit lines could not be written. They are durable in the ledger's segment and will be copied before the next append."
    )]
    private partial void LogAuditCopyBehind(Exception error, string directory);
}
