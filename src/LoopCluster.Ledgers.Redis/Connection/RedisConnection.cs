using LoopCluster.Engine.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Connection;

/// <summary>
/// The one multiplexer of a process, and the rule for what Redis leaves unanswered: the same idempotent operation is asked again until it
/// is answered.
/// </summary>
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
    private int _silent;

    public RedisConnection(
        IOptions<RedisLedgerOptions> options,
        RedisLedgerInstruments instruments,
        ILogger<RedisConnection> logger,
        TimeProvider? time = null
    )
    {
        (_options, _instruments, _logger, _time) = (options.Value, instruments, logger, time ?? TimeProvider.System);
        Keys = new RedisKeys(_options.Prefix);
        Servers = string.Join(", ", ConfigurationOptions.Parse(_options.Configuration).EndPoints.Select(e => e.ToString()));
    }

    public RedisLedgerOptions Options => _options;

    public TimeProvider Time => _time;

    public RedisKeys Keys { get; }

    /// <summary>What the deployment's marker said when the prefix was taken; null before that.</summary>
    public string? Deployment { get; set; }

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

        // The library counts INFO and CONFIG GET, which the start reads, among the commands of an administrator. What this user may do is
        // Redis' to say.
        configuration.AllowAdmin = true;

        // Both would be keys and channels outside the prefix, which an ACL user may not touch.
        configuration.TieBreaker = "";
        configuration.ConfigurationChannel = "";
        return ConnectionMultiplexer.ConnectAsync(configuration);
    }

    /// <summary>Runs an idempotent operation until Redis has answered it.</summary>
    /// <param name="what">For the message, as in "while …".</param>
    /// <exception cref="InfrastructureException"><c>ledger-unavailable</c>: it was refused, or not answered within
    /// <see cref="RedisLedgerOptions.RetryFor"/>.</exception>
    public async ValueTask<T> RunAsync<TState, T>(
        TState state,
        Func<IDatabase, TState, Task<T>> operation,
        string what,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        Exception error;
        try
        {
            return await AwaitAsync(operation(await DatabaseAsync().ConfigureAwait(false), state), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsOne(e))
        {
            error = e;
        }

        return await AskAgainAsync(state, operation, what, error, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the other one, for a script that may be repeated: by its digest, and in full when the server does not know it.</summary>
    public async ValueTask<RedisResult> RunAsync(
        RedisScript script,
        RedisKey[] keys,
        RedisValue[] values,
        string what,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        Exception error;
        try
        {
            // Not through a delegate: this is every turn's way.
            var database = _database ?? await DatabaseAsync().ConfigureAwait(false);
            return await AwaitAsync(script.SendAsync(database, keys, values), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFault.IsOne(e))
        {
            error = e;
        }

        var state = (script, keys, values);
        return RedisScript.IsUnknown(error)
            ? await RunAsync(state, static (database, s) => s.script.RunAsync(database, s.keys, s.values), what, cancellationToken)
                .ConfigureAwait(false)
            : await AskAgainAsync(
                    state,
                    static (database, s) => s.script.RunAsync(database, s.keys, s.values),
                    what,
                    error,
                    cancellationToken
                )
                .ConfigureAwait(false);
    }

    private InfrastructureException Unavailable(Exception error, string what)
    {
        var outcome = RedisFault.IsPassing(error)
            ? $" It was asked for {_options.RetryFor.TotalSeconds:0.#} s; whether it was carried out is found out by the next operation."
            : "";
        return new InfrastructureException(
            "ledger-unavailable",
            $"Redis at {Servers} failed while {what}: {FirstSentence(error.Message)}{outcome} {RedisFault.Advice(error)}",
            error
        );
    }

    public void Dispose() => Take()?.Dispose();

    public async ValueTask DisposeAsync()
    {
        if (Take() is { } multiplexer)
        {
            await multiplexer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Cancelling leaves the outcome open: the command is not called back.</summary>
    private static Task<T> AwaitAsync<T>(Task<T> running, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled && !running.IsCompleted ? running.WaitAsync(cancellationToken) : running;

    private async ValueTask<T> AskAgainAsync<TState, T>(
        TState state,
        Func<IDatabase, TState, Task<T>> operation,
        string what,
        Exception error,
        CancellationToken cancellationToken
    )
    {
        var started = _time.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(10);
        while (RedisFault.IsPassing(error) && _time.GetElapsedTime(started) < _options.RetryFor)
        {
            _instruments.AskedAgain();
            LogSilence(error, what);
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            try
            {
                var answer = await AwaitAsync(operation(await DatabaseAsync().ConfigureAwait(false), state), cancellationToken)
                    .ConfigureAwait(false);
                if (Interlocked.Exchange(ref _silent, 0) != 0)
                {
                    LogAnswered(Servers);
                }

                return answer;
            }
            catch (Exception e) when (RedisFault.IsOne(e))
            {
                error = e;
            }
        }

        throw Unavailable(error, what);
    }

    /// <summary>One warning an outage, not one for each of the loops that wait.</summary>
    private void LogSilence(Exception error, string what)
    {
        if (Interlocked.Exchange(ref _silent, 1) == 0)
        {
            LogSilent(error, what, Servers);
        }
        else
        {
            LogAskedAgain(error, what);
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
