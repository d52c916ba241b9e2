using LoopCluster.Engine.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Connection;

/// <summary>The one multiplexer of a process, and the rule for what Redis leaves unanswered: the same idempotent operation is asked again until it is answered.</summary>
internal sealed partial class RedisConnection : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private readonly RedisLedgerOptions _options;
    private readonly RedisLedgerInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private IDatabase? _database;
    private bool _disposed;

    public RedisConnection(IOptions<RedisLedgerOptions> options, RedisLedgerInstruments instruments, ILogger<RedisConnection> logger, TimeProvider? time = null)
    {
        (_options, _instruments, _logger, _time) = (options.Value, instruments, logger, time ?? TimeProvider.System);
        Keys = new RedisKeys(_options.Prefix);
        Servers = string.Join(", ", ConfigurationOptions.Parse(_options.Configuration).EndPoints.Select(e => e.ToString()));
    }

    public RedisLedgerOptions Options => _options;

    public RedisKeys Keys { get; }

    /// <summary>The servers' addresses, for messages: the configuration holds a password.</summary>
    public string Servers { get; }

    public ValueTask<IDatabase> DatabaseAsync() => _database is { } database ? new(database) : ConnectFirstAsync();

    public async ValueTask<ConnectionMultiplexer> MultiplexerAsync()
    {
        Task<ConnectionMultiplexer> connecting;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);

            // A first attempt that failed must not be all this process ever tries.
            connecting = _connecting = _connecting is null or { IsFaulted: true } ? ConnectAsync("ledger") : _connecting;
        }

        return await connecting.ConfigureAwait(false);
    }

    /// <summary>Another connection of the same kind, for commands that block it.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync(string purpose)
    {
        var configuration = ConfigurationOptions.Parse(_options.Configuration);
        configuration.ClientName ??= $"loopcluster-{purpose}";
        configuration.AbortOnConnectFail = false;

        // Nothing may be sent later than its caller was told: what cannot be sent now fails now.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.SocketManager = SocketManager.ThreadPool;

        // Both would be keys and channels outside the prefix, which an ACL user may not touch.
        configuration.TieBreaker = "";
        configuration.ConfigurationChannel = "";
        return ConnectionMultiplexer.ConnectAsync(configuration);
    }

    /// <summary>Runs an idempotent operation until Redis has answered it.</summary>
    /// <param name="what">For the message, as in "while …".</param>
    /// <exception cref="InfrastructureException"><c>ledger-unavailable</c>: it was refused, or not answered within <see cref="RedisLedgerOptions.RetryFor"/>.</exception>
    public async ValueTask<T> RunAsync<TState, T>(TState state, Func<IDatabase, TState, Task<T>> operation, string what, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = 0L;
        var pause = TimeSpan.FromMilliseconds(10);
        while (true)
        {
            Exception error;
            try
            {
                var database = await DatabaseAsync().ConfigureAwait(false);
                var running = operation(database, state);
                return cancellationToken.CanBeCanceled && !running.IsCompleted
                    ? await running.WaitAsync(cancellationToken).ConfigureAwait(false)
                    : await running.ConfigureAwait(false);
            }
            catch (Exception e) when (RedisFault.IsOne(e))
            {
                error = e;
            }

            started = started == 0 ? _time.GetTimestamp() : started;
            if (!RedisFault.IsPassing(error) || _time.GetElapsedTime(started) >= _options.RetryFor)
            {
                throw Unavailable(error, what);
            }

            _instruments.AskedAgain();
            LogAskedAgain(error, what, Servers);
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public InfrastructureException Unavailable(Exception error, string what) => new(
        "ledger-unavailable", $"Redis at {Servers} failed while {what}: {FirstSentence(error.Message)} {RedisFault.Advice(error)}", error);

    public void Dispose() => Take()?.Dispose();

    public async ValueTask DisposeAsync()
    {
        if (Take() is { } multiplexer)
        {
            await multiplexer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string FirstSentence(string message)
    {
        // Behind the first sentence StackExchange.Redis prints its own counters.
        var end = message.IndexOfAny([',', '\n']);
        return (end > 0 ? message[..end] : message).TrimEnd('.') + ".";
    }

    private async ValueTask<IDatabase> ConnectFirstAsync() => _database = (await MultiplexerAsync().ConfigureAwait(false)).GetDatabase();

    private ConnectionMultiplexer? Take()
    {
        lock (_lock)
        {
            _disposed = true;
            return _connecting is { IsCompletedSuccessfully: true } ? _connecting.Result : null;
        }
    }
}
