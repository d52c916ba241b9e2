using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting.Reads;

public sealed partial class LoopRecords
{
    [LoggerMessage(
        2131,
        LogLevel.Warning,
        "The read model cannot be written now: {Count} records are kept in memory and written once it can be. No loop is touched by this"
    )]
    private static partial void LogNotWritten(ILogger logger, Exception error, int count);

    [LoggerMessage(2132, LogLevel.Warning, "The read model cannot be read; loops are folded from their ledgers, which takes longer")]
    private static partial void LogNotRead(ILogger logger, Exception error);

    [LoggerMessage(2133, LogLevel.Information, "The read model had nothing of {Count} loops and is made anew from their ledgers")]
    private static partial void LogRebuilding(ILogger logger, int count);

    [LoggerMessage(
        2134,
        LogLevel.Information,
        "The read model is complete: {Folded} loops were folded, {Removed} records dropped that no ledger has"
    )]
    private static partial void LogComplete(ILogger logger, int folded, int removed);

    [LoggerMessage(2135, LogLevel.Information, "The read model takes records again")]
    private static partial void LogWrittenAgain(ILogger logger);
}
