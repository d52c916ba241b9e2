using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting;

/// <summary>
/// The drivers of this process: never two for one loop, because containers, working directory and repository belong to the loop within a
/// process. Every host hands loops and signals to one of these; where a loop is to be driven is the host's business.
/// </summary>
/// <param name="host">What <c>driver-started</c> names as the driver's host.</param>
public sealed partial class LoopDrivers(LoopPorts ports, string host, ILoggerFactory loggers) : IAsyncDisposable
{
    private const int Stripes = 64;

    private readonly ConcurrentDictionary<LoopId, ActiveLoop> _active = new();

    /// <summary>
    /// What ended a drive that should not have ended, until the loop is taken up again: a watcher that comes late is told as well.
    /// </summary>
    private readonly ConcurrentDictionary<LoopId, ExceptionDispatchInfo> _failed = new();

    /// <summary>Loops whose last drive here parked them, and when.</summary>
    private readonly ConcurrentDictionary<LoopId, DateTimeOffset> _parked = new();

    /// <summary>
    /// Reading a loop and launching its driver is one step: a driver that came and went in between would leave the state stale.
    /// </summary>
    private readonly SemaphoreSlim[] _taking = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1))];
    private readonly LoopLoader _loader = new(ports.Ledger);
    private readonly Lock _launching = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger<LoopDriver> _driverLogger = loggers.CreateLogger<LoopDriver>();
    private readonly ILogger<LoopDrivers> _logger = loggers.CreateLogger<LoopDrivers>();

    private volatile bool _draining;

    /// <summary>What <c>driver-started</c> names.</summary>
    public string Host => host;

    /// <summary>Told pieces of model text as they stream in.</summary>
    public Action<LoopId, string>? OnText { get; set; }

    /// <summary>Told of each drive as it begins.</summary>
    internal Action<ActiveLoop>? OnLaunched { get; init; }

    /// <summary>True from the moment everything was asked to park.</summary>
    public bool IsStopping => _draining || _stop.IsCancellationRequested;

    public int Count => _active.Count;

    /// <summary>Loops that a drive of this process parked, and since when: known without reading a ledger.</summary>
    public IReadOnlyCollection<KeyValuePair<LoopId, DateTimeOffset>> Parked => [.. _parked];

    /// <summary>The drive of a loop that is driven here now, else null.</summary>
    public ActiveLoop? Find(LoopId loop) => _active.GetValueOrDefault(loop);

    /// <summary>Throws what ended the loop's last drive here, if it was a failure.</summary>
    public void ThrowIfFailed(LoopId loop)
    {
        if (_failed.TryGetValue(loop, out var failure))
        {
            failure.Throw();
        }
    }

    /// <summary>Drives a loop from a state that was just read or written; one that is driven already stays as it is.</summary>
    public ActiveLoop Launch(LoopState state)
    {
        lock (_launching)
        {
            if (_active.TryGetValue(state.Id, out var running) && !running.Done.IsCompleted)
            {
                return running;
            }

            var active = new ActiveLoop(
                self => new LoopDriver(ports, state, host, _driverLogger)
                {
                    Cause = Activity.Current?.Context ?? default,
                    OnAppended = _ =>
                    {
                        ports.Records.Keep(self.Driver.State);
                        self.Pulse();
                    },
                    OnText = OnText is { } onText ? text => onText(state.Id, text) : null,
                },
                _stop.Token
            );
            _failed.TryRemove(state.Id, out _);
            _parked.TryRemove(state.Id, out _);
            // Nothing of the request that asks for it goes along: neither its span nor what its logs carry.
            using (ExecutionContext.SuppressFlow())
            {
                active.Done = Task.Run(() => DriveAsync(active));
            }

            _active[state.Id] = active;
            OnLaunched?.Invoke(active);
            if (_draining)
            {
                active.Driver.ParkSoon();
            }

            return active;
        }
    }

    /// <summary>
    /// Makes sure that a loop is driven, if it has begun and not ended. Waits for an earlier driver of this process that is parking, or has
    /// parked the loop.
    /// </summary>
    /// <param name="tenant">When given, a loop of another tenant is as unknown as none.</param>
    /// <exception cref="BadInputException"><c>unknown-loop</c>.</exception>
    public ValueTask<TakenLoop> TakeUpAsync(LoopId loop, string? tenant, CancellationToken cancellationToken) =>
        TakeUpAsync(loop, tenant, null, cancellationToken);

    /// <summary>
    /// Hands a signal to the loop's driver, one that is started for it if need be. Done when its event is durable; the same id again is
    /// success.
    /// </summary>
    /// <param name="tenant">When given, a loop of another tenant is as unknown as none.</param>
    /// <exception cref="BadInputException"><c>unknown-loop</c>, <c>loop-ended</c> or <c>approval-not-open</c>.</exception>
    public async ValueTask SignalAsync(LoopId loop, string? tenant, LoopSignal signal, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (active, state) = await TakeUpAsync(loop, tenant, signal, cancellationToken).ConfigureAwait(false);
            if (active is null)
            {
                // It has ended, or took this signal before.
                if (SignalRules.Judge(state, signal).Refusal is { } refusal)
                {
                    throw refusal;
                }

                return;
            }

            if (active.Driver.TrySignal(signal, out var durable))
            {
                try
                {
                    await durable.WaitAsync(cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (LoopClusterException e) when (e.Code == LoopDriver.EndedCode && !IsStopping)
                {
                    // It ended before it looked: the next round asks the ledger, or another driver.
                }
            }

            await active.EndedAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until nothing is driven here any more.</summary>
    public Task IdleAsync() => Task.WhenAll(_active.Values.Select(a => (Task)a.Done));

    /// <summary>
    /// Parks every loop at its next step boundary. What has not come to one when <paramref name="cutOff"/> is cancelled is parked as by
    /// <see cref="ParkAllAsync"/>.
    /// </summary>
    public async ValueTask DrainAsync(CancellationToken cutOff)
    {
        lock (_launching)
        {
            _draining = true;
        }

        try
        {
            while (_active.Values.ToArray() is [_, ..] active)
            {
                Array.ForEach(active, a => a.Driver.ParkSoon());
                await Task.WhenAll(active.Select(a => a.EndedAsync(cutOff))).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cutOff.IsCancellationRequested)
        {
            // The rest is cut off.
        }

        await ParkAllAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Parks every loop, as <see cref="ActiveLoop.ParkAsync"/> does one; what is launched from now on parks at once. Repeating it is
    /// harmless.
    /// </summary>
    public async ValueTask ParkAllAsync()
    {
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
    }

    /// <summary>Parks every loop.</summary>
    public ValueTask DisposeAsync() => ParkAllAsync();

    private async ValueTask<TakenLoop> TakeUpAsync(LoopId loop, string? tenant, LoopSignal? signal, CancellationToken cancellationToken)
    {
        var taking = _taking[(uint)loop.GetHashCode() % Stripes];
        while (true)
        {
            if (Find(loop) is not { } running)
            {
                await taking.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    if (Find(loop) is null)
                    {
                        return await LoadAndLaunchAsync(loop, tenant, signal, cancellationToken).ConfigureAwait(false);
                    }
                }
                finally
                {
                    taking.Release();
                }
            }
            else if (!running.IsParking && !running.Driver.IsAtRest)
            {
                return tenant is null || running.Driver.State.Created.Tenant == tenant
                    ? new TakenLoop(running, running.Driver.State)
                    : throw LoopStarter.UnknownLoop(loop);
            }
            else
            {
                await running.EndedAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<TakenLoop> LoadAndLaunchAsync(
        LoopId loop,
        string? tenant,
        LoopSignal? signal,
        CancellationToken cancellationToken
    )
    {
        var state = await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        if (state is null || (tenant is not null && state.Created.Tenant != tenant))
        {
            throw LoopStarter.UnknownLoop(loop);
        }

        var rests = state.IsTerminal || (signal is null ? state.Status == LoopStatus.Queued : state.Signals.Contains(signal.Id));
        return new TakenLoop(rests ? null : Launch(state), state);
    }

    private async Task<DriveEnd> DriveAsync(ActiveLoop active)
    {
        var id = active.Driver.State.Id;
        try
        {
            return await active.Driver.RunAsync(active.Stop).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _failed[id] = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        finally
        {
            // Under the lock, so that a drive that ends at once is removed after it was added.
            lock (_launching)
            {
                if (active.Driver.State is { Status: LoopStatus.Parked } parked)
                {
                    _parked[id] = parked.UpdatedAt;
                }

                _active.TryRemove(new KeyValuePair<LoopId, ActiveLoop>(id, active));
            }

            active.End();
        }
    }
}

/// <param name="Active">Its drive; null when there is nothing to drive: it has ended, or waits for its turn.</param>
/// <param name="State">As of the moment it was taken up.</param>
public readonly record struct TakenLoop(ActiveLoop? Active, LoopState State);
