using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Writing;

internal sealed partial class LedgerLoader
{
    [LoggerMessage(
        3001,
        LogLevel.Warning,
        "{File}: a write was interrupted by a crash; cut {Bytes} bytes behind the last whole entry, at offset {Offset}. No acknowledged entry is lost."
    )]
    private partial void LogTornTail(string file, long offset, long bytes);

    [LoggerMessage(3002, LogLevel.Information, "The index checkpoint is not used ({Refusal}); every segment is read again.")]
    private partial void LogCheckpointIgnored(string refusal);

    [LoggerMessage(
        3003,
        LogLevel.Error,
        "{File}: damage in the chain of {Chain} at entry {Seq}: {Reason}. This loop is refused; others go on."
    )]
    private partial void LogDamage(string file, string chain, long seq, string reason);
}
