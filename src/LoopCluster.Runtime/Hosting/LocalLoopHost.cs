using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting;

/// <summary>Runs every loop of a data directory in this process: a driver task a loop. Whoever makes one holds the directory's lock.</summary>
public sealed partial class LocalLoopHost(LoopPorts ports, LoopStarter starter, ILoggerFactory loggers) : ILoopHost, IAsyncDisposable
{
    private static readonly string HostName = $"{Environment.MachineName}/{Environment.ProcessId}";

    private readonly ConcurrentDictionary<LoopId, ActiveLoop> _active = new();
    /// <summary>What ended a drive that should not have ended, until the loop is taken up again: a watcher that comes late is told as well.</summary>
    private readonly ConcurrentDictionary<LoopId, ExceptionDispatchInfo> _failed = new();
    private readonly LoopReader _reader = new(ports.Ledger);
    private readonly LoopArtifacts _artifacts = new(ports.Ledger, ports.Blobs, ports.Workspaces);
    private readonly Lock _launching = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger<LocalLoopHost> _logger = loggers.CreateLogger<LocalLoopHost>();

    /// <summary>Told pieces of model text as they stream in.</summary>
    public Action<LoopId, string>? OnText { get; set; }

    public async ValueTask<LoopId> StartAsync(StartLoop request, CancellationToken cancellationToken)
    {
        var state = await starter.CreateAsync(request, cancellationToken).ConfigureAwait(false);
        Launch(state);
        return state.Id;
    }

    public async ValueTask<LoopView?> GetAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var state = _active.TryGetValue(loop, out var active) && active.Driver.State is { Seq: > 0 } live
            ? live
            : await _reader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        return state is null ? null : new LoopView(state, _active.ContainsKey(loop));
    }

    public IAsyncEnumerable<LoopSummary> ListAsync(CancellationToken cancellationToken) => _reader.ListAsync(cancellationToken);

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) => _reader.ListAsync(query, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> DiffAsync(LoopId loop, CancellationToken cancellationToken) => _artifacts.DiffAsync(loop, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken) => _artifacts.ReadProofAsync(loop, cancellationToken);

    public async ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_active.TryGetValue(loop, out var active))
            {
                var state = await _reader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop);
                if (state.Signals.Contains(signal.Id))
                {
                    return;
                }

                if (state.IsTerminal)
                {
                    throw SignalRules.Ended(state);
                }

                active = Launch(state);
            }

            if (active.Driver.TrySignal(signal, out var durable))
            {
                try
                {
                    await durable.WaitAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (LoopClusterException e) when (e.Code == LoopDriver.EndedCode && !_stop.IsCancellationRequested)
                {
                    // It ended before it looked: the next round asks the ledger, or another driver.
                    continue;
                }
            }

            // That driver has just ended; the next round starts another one.
            await active.Done.ContinueWith(static _ => { }, cancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    public async ValueTask<LoopId> ForkAsync(LoopId loop, long seq, BudgetLimits? budget, CancellationToken cancellationToken)
    {
        var state = await starter.ForkAsync(loop, seq, budget, cancellationToken).ConfigureAwait(false);
        Launch(state);
        return state.Id;
    }

    public async ValueTask ResumeAsync(LoopId loop, CancellationToken cancellationToken)
    {
        if (_active.ContainsKey(loop))
        {
            return;
        }

        var state = await _reader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop);
        if (!state.IsTerminal)
        {
            Launch(state);
        }
    }

    /// <summary>Takes up every loop that neither ended nor waits for a person, and returns their ids.</summary>
    public async ValueTask<IReadOnlyList<LoopId>> ResumeAllAsync(CancellationToken cancellationToken)
    {
        var resumed = new List<LoopId>();
        await foreach (var loop in _reader.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (loop.Status == LoopStatus.Running)
            {
                await ResumeAsync(loop.Id, cancellationToken).ConfigureAwait(false);
                resumed.Add(loop.Id);
            }
        }

        return resumed;
    }

    public async IAsyncEnumerable<LedgerLine> WatchAsync(LoopId loop, long fromSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = fromSeq;
        while (true)
        {
            _active.TryGetValue(loop, out var active);
            using var watch = active?.Watch();
            var appended = active?.Appended;
            await foreach (var line in ports.Ledger.ReadAsync(loop, next, cancellationToken).ConfigureAwait(false))
            {
                next = line.Seq + 1;
                yield return line;
                if (LoopReader.IsTerminal(line))
                {
                    yield break;
                }
            }

            if (active is null)
            {
                if (_failed.TryGetValue(loop, out var failure))
                {
                    failure.Throw();
                }

                await _reader.WaitAsync(loop, next, cancellationToken).ConfigureAwait(false);
            }
            else if (await Task.WhenAny(appended!, active.Done).WaitAsync(cancellationToken).ConfigureAwait(false) == active.Done)
            {
                var end = await active.Done.ConfigureAwait(false);
                if (end == DriveEnd.Parked || _stop.IsCancellationRequested)
                {
                    yield break;
                }

                _active.TryRemove(new KeyValuePair<LoopId, ActiveLoop>(loop, active));
            }
        }
    }

    /// <summary>Waits until nothing is driven here any more.</summary>
    public Task IdleAsync() => Task.WhenAll(_active.Values.Select(a => (Task)a.Done));

    /// <summary>Parks every loop: what runs is cut off, its intent stays open for the next driver. Repeating it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var active in _active.Values)
        {
            try
            {
                await active.Done.ConfigureAwait(false);
            }
            catch (LoopClusterException e)
            {
                LogParkedWithError(_logger, e);
            }
        }

        _stop.Dispose();
    }

    private ActiveLoop Launch(LoopState state)
    {
        lock (_launching)
        {
            if (_active.TryGetValue(state.Id, out var running) && !running.Done.IsCompleted)
            {
                return running;
            }

            var logger = loggers.CreateLogger<LoopDriver>();
            var active = new ActiveLoop(self => new LoopDriver(ports, state, HostName, logger)
            {
                OnAppended = _ => self.Pulse(),
                OnText = OnText is { } onText ? text => onText(state.Id, text) : null,
            });
            var driver = active.Driver;
            _failed.TryRemove(state.Id, out _);
            active.Done = Task.Run(() => DriveAsync(active, driver));
            _active[state.Id] = active;
            return active;
        }
    }

    private async Task<DriveEnd> DriveAsync(ActiveLoop active, LoopDriver driver)
    {
        try
        {
            return await driver.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failed[driver.State.Id] = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        finally
        {
            if (driver.State.Id is var id)
            {
                _active.TryRemove(new KeyValuePair<LoopId, ActiveLoop>(id, active));
            }
        }
    }
}
