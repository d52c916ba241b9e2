using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>Keeps what is logged, and tells when an event occurs.</summary>
internal sealed class CapturedLogs : ILoggerProvider, ILogger
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource<string>> _first = new();

    public ConcurrentQueue<(int Id, LogLevel Level, string Text)> Entries { get; } = new();

    /// <summary>The first message with this id, when it comes.</summary>
    public Task<string> FirstAsync(int id) =>
        _first.GetOrAdd(id, static _ => new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public ILogger CreateLogger(string categoryName) => this;

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
        var text = formatter(state, exception);
        Entries.Enqueue((eventId.Id, logLevel, text));
        _ = FirstAsync(eventId.Id);
        _first[eventId.Id].TrySetResult(text);
    }

    public void Dispose() { }
}
