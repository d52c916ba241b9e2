using System.Diagnostics;
using LoopCluster.Api.Reviews;
using LoopCluster.Cli.Composition;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Cli.Sessions;

/// <summary>A data directory to work in: held by this process, or by another one that is reached over its socket.</summary>
internal sealed class LoopSession : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly Holder? _holder;
    private readonly HolderHost? _remote;

    private LoopSession(LoopRuntime runtime, Holder? holder)
    {
        (Runtime, _holder) = (runtime, holder);
        _remote = holder is null
            ? null
            : new HolderHost(runtime.Ports.Ledger, runtime.Ports.Records, holder, TimeProvider.System) { Artifacts = runtime.Artifacts };
    }

    /// <summary>This process's parts; read-only ones when another process holds the directory.</summary>
    public LoopRuntime Runtime { get; }

    public bool IsHolder => _holder is null;

    public ILoopHost Host => _remote is { } remote ? remote : Runtime.Host;

    /// <summary>Done when the other process has ended; never when this one is the holder.</summary>
    public Task HolderGone => _holder?.Gone ?? Never;

    /// <summary>
    /// Takes the directory's lock or, when another process has it, connects to that. Between two holders, and while one starts, it waits a
    /// little.
    /// </summary>
    /// <param name="drive">True to drive loops and to serve other processes while the lock is held.</param>
    /// <exception cref="BadInputException"><c>data-directory-in-use</c>: the holder does not answer.</exception>
    public static async ValueTask<LoopSession> OpenAsync(
        DataDirectory data,
        RuntimeOptions options,
        bool drive,
        CancellationToken cancellationToken
    )
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                var own = await LoopRuntime
                    .OwnAsync(data, drive ? options with { Listening = new Listening() } : options)
                    .ConfigureAwait(false);
                return await BeginAsync(own, drive, cancellationToken).ConfigureAwait(false);
            }
            catch (BadInputException held) when (held.Code == "data-directory-in-use")
            {
                if (await Holder.TryConnectAsync(DirectorySocket.To(data.Root), cancellationToken).ConfigureAwait(false) is { } holder)
                {
                    return new LoopSession(LoopRuntime.Read(data, options), holder);
                }

                if (watch.Elapsed > Patience)
                {
                    throw;
                }
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes a signal durable. A loop that nobody drives stays parked.</summary>
    public ValueTask RecordAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken) =>
        _remote?.SignalAsync(loop, signal, cancellationToken) ?? Runtime.Recorder.RecordAsync(loop, signal, cancellationToken);

    /// <summary>Makes what a person says of a verified loop durable.</summary>
    public async ValueTask<ReviewItem> ReviewAsync(
        LoopId loop,
        ReviewVerdict verdict,
        string? reason,
        string user,
        CancellationToken cancellationToken
    )
    {
        if (_holder is { } holder)
        {
            return await holder.Api.ReviewAsync(loop, verdict, reason, cancellationToken, user).ConfigureAwait(false);
        }

        var record = await Runtime.Records.FindAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop);
        return ReviewItems.Of(await Runtime.Reviews.AnswerAsync(record, verdict, reason, user, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Creates a fork and, with <paramref name="run"/>, drives it.</summary>
    public async ValueTask<LoopId> ForkAsync(LoopId loop, long seq, bool run, CancellationToken cancellationToken) =>
        (_remote, run) switch
        {
            ({ } remote, _) => await remote.ForkAsync(new ForkLoop(loop, seq), run, cancellationToken).ConfigureAwait(false),
            (_, true) => await Host.ForkAsync(new ForkLoop(loop, seq), cancellationToken).ConfigureAwait(false),
            _ => (await Runtime.Starter.ForkAsync(new ForkLoop(loop, seq), cancellationToken).ConfigureAwait(false)).Id,
        };

    public async ValueTask DisposeAsync()
    {
        if (_holder is not null)
        {
            await _holder.DisposeAsync().ConfigureAwait(false);
        }

        await Runtime.DisposeAsync().ConfigureAwait(false);
    }

    private static async ValueTask<LoopSession> BeginAsync(LoopRuntime own, bool drive, CancellationToken cancellationToken)
    {
        try
        {
            if (drive)
            {
                await own.StartAsync(cancellationToken).ConfigureAwait(false);
            }

            return new LoopSession(own, null);
        }
        catch
        {
            await own.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
