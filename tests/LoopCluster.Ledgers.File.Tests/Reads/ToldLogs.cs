using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Tests.Reads;

/// <summary>Ids of what was told.</summary>
internal sealed class ToldLogs<T> : ILogger<T>
{
    public ConcurrentQueue<int> Told { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (logLevel >= LogLevel.Information)
        {
            Told.Enqueue(eventId.Id);
        }
    }
}
