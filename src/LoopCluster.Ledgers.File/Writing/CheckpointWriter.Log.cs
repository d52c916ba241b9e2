using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Writing;

internal sealed partial class CheckpointWriter
{
    [LoggerMessage(3021, LogLevel.Warning, "{Directory}: the index checkpoint could not be written; the next start reads more segments.")]
    private partial void LogCheckpointFailed(Exception error, string directory);
}
