using Microsoft.Extensions.Logging;

namespace LoopCluster.Cli.Output;

/// <summary>Logs to stderr, a line a message, harmless to a terminal. Stack traces only when asked for.</summary>
internal sealed class StderrLoggerProvider(bool verbose) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new StderrLogger(categoryName[(categoryName.LastIndexOf('.') + 1)..], verbose);

    public void Dispose() { }

    private sealed class StderrLogger(string category, bool verbose) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= (verbose ? LogLevel.Debug : LogLevel.Warning);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var cause =
                exception is null ? ""
                : verbose ? "\n" + exception
                : $" ({exception.Message})";
            var level = logLevel switch
            {
                LogLevel.Critical or LogLevel.Error => "error",
                LogLevel.Warning => "warning",
                _ => "info",
            };
            Console.Error.WriteLine(TerminalText.Clean($"{level}: {category}[{eventId.Id}] {formatter(state, exception)}{cause}"));
        }
    }
}
