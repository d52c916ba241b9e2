using System.Diagnostics;
using System.Security.Cryptography;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Audit;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Telemetry;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Drives one loop: performs what the machine decides through ports, one effect at a time, and appends what happened before it goes on.
/// It is the loop's only appender; signals are handed to it. A driver is used for one run.
/// </summary>
public sealed partial class LoopDriver(LoopPorts ports, LoopState state, string host, ILogger<LoopDriver> logger)
{
    /// <summary>Code of the error a signal gets when the driver ended before it looked at it.</summary>
    public const string EndedCode = "driver-ended";

    /// <summary>Timers take some weeks at most, and a clock that was set back makes a wait of any length.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <summary>For a shorter wait a started container is kept: it is wanted at once afterwards.</summary>
    private static readonly TimeSpan LongRest = TimeSpan.FromSeconds(5);

    private readonly SignalQueue _signals = new();
    private readonly Tenure _tenure = new(ports.Ledger, state.Id, ports.Time);
    private readonly List<LoopEvent> _pending = new(4);
    private LoopState _state = state;
    private LoopState _durable = state;
    private DateTimeOffset _pendingAt;
    private readonly List<AuditRecord> _audit = new(2);
    private readonly LoopSecrets _secrets = new(ports.Redactor);
    private readonly int _found = state.Epoch;
    private volatile bool _parkSoon;
    private LoopTrace? _trace;

    /// <summary>The state after the last durable entry.</summary>
    public LoopState State => Volatile.Read(ref _durable);

    /// <summary>
    /// This drive parks the loop and is about to end: whoever wants the loop to go on needs another one, and waits for this one's end
    /// first. True from the decision on: who reads the ledger's file sees the entry before it is acknowledged here.
    /// </summary>
    public bool IsAtRest => Volatile.Read(ref _state) is { Status: LoopStatus.Parked } parked && parked.Epoch > _found;

    /// <summary>Pieces of model text as they stream in, for people who watch.</summary>
    public Action<string>? OnText { get; init; }

    /// <summary>The span of what asked for this drive, if it has one.</summary>
    public ActivityContext Cause { get; init; }

    /// <summary>Told after each durable entry.</summary>
    public Action<LedgerLine>? OnAppended { get; init; }

    /// <summary>
    /// Hands a signal over; the task is done when its event is durable. False when this driver has ended and another must be started.
    /// </summary>
    public bool TrySignal(LoopSignal signal, out Task durable)
    {
        var pending = new PendingSignal(signal);
        durable = pending.Done.Task;
        return _signals.TryAdd(pending);
    }

    /// <summary>Asks to park once what runs now has ended and its result is durable.</summary>
    public void ParkSoon()
    {
        _parkSoon = true;
        _signals.Nudge();
    }

    /// <summary>
    /// Drives until the loop ends, waits for a person, or is asked to park: by <see cref="ParkSoon"/>, or by <paramref name="stop"/>, which
    /// cuts off what runs and leaves its intent open for the next driver.
    /// </summary>
    /// <exception cref="LedgerConflictException">Another driver took the loop.</exception>
    /// <exception cref="InfrastructureException">The ledger cannot be written.</exception>
    public async Task<DriveEnd> RunAsync(CancellationToken stop)
    {
        Exception? error = null;
        _trace = LoopTrace.Begin(_state, Cause);
        var performer = new EffectPerformer(ports, _state.Id, logger, _tenure);
        try
        {
            if (_state.IsTerminal)
            {
                return DriveEnd.Ended;
            }

            _state = await ReplyExtras.FillAsync(_state, ports.Blobs, stop).ConfigureAwait(false);
            // Durable with whatever comes before the first act: until then nothing is done that another driver could mind.
            Add(new DriverStarted(_state.Epoch + 1, host) { Account = ports.Accounts.Has(_state.Created.Tenant) });
            return await DriveAsync(performer, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return DriveEnd.Parked;
        }
        catch (Exception e)
        {
            error = e;
            LogFailed(logger, e, _state.Id.Value, _state.Seq);
            throw;
        }
        finally
        {
            await performer.DisposeAsync().ConfigureAwait(false);
            _trace.End(State, error);
            _signals.CloseWith(
                error ?? new LoopClusterException(EndedCode, $"loop {_state.Id} is not driven here any more; send the signal again")
            );
        }
    }

    private async Task<DriveEnd> DriveAsync(EffectPerformer performer, CancellationToken stop)
    {
        using var deadline = new DeadlineTimer(ports.Time, _signals.Nudge);
        while (true)
        {
            // Signals first: what was handed over before the request to park is recorded, and not lost.
            await TakeSignalsAsync(deadline).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            if (_parkSoon)
            {
                await FlushAsync().ConfigureAwait(false);
                return DriveEnd.Parked;
            }

            var effect = LoopMachine.Next(_state);
            switch (effect)
            {
                case Ended:
                    await FlushAsync().ConfigureAwait(false);
                    await ports.Accounts.CloseAsync(_state).ConfigureAwait(false);
                    await LeaveReportAsync().ConfigureAwait(false);
                    return DriveEnd.Ended;
                case Wait:
                    await FlushAsync().ConfigureAwait(false);
                    await ports.Accounts.CloseAsync(_state).ConfigureAwait(false);
                    if (_signals.TryClose())
                    {
                        return DriveEnd.Waiting;
                    }

                    continue;
                case Record { Intent: LoopStopped }:
                    // Terminal: nothing of this loop may still run when the ledger says it has ended.
                    await FlushAsync().ConfigureAwait(false);
                    await performer.ReleaseAsync().ConfigureAwait(false);
                    Add(effect.Intent);
                    continue;
                case Record:
                    Add(effect.Intent!);
                    continue;
            }

            if (effect.NotBefore is var due && due > ports.Time.GetUtcNow())
            {
                await FlushAsync().ConfigureAwait(false);
                if (due - ports.Time.GetUtcNow() >= LongRest)
                {
                    await performer.RestAsync().ConfigureAwait(false);
                }

                await WaitUntilAsync(due, deadline, stop).ConfigureAwait(false);
                continue;
            }

            if (effect.Intent is { } intent)
            {
                Add(intent);
            }

            // What led to the effect, its intent and the audit of a decision become durable together, before anything is done.
            await FlushAsync().ConfigureAwait(false);
            foreach (var result in await PerformAsync(performer, effect, deadline, stop).ConfigureAwait(false))
            {
                Add(result);
            }
        }
    }

    /// <summary>The ledger has ended and holds all that a report says: whoever asks for one that is not here gets it from there.</summary>
    private async ValueTask LeaveReportAsync()
    {
        if (_state.Verified is not null)
        {
            return;
        }

        try
        {
            await ports.Proofs.WriteReportAsync(_state, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or InfrastructureException or BadInputException or CryptographicException)
        {
            LogNoReport(logger, e, _state.Id.Value);
        }
    }

    /// <summary>Performs an effect while signals go on being taken. What a cancel or the deadline cuts off is recorded as such.</summary>
    private async Task<IReadOnlyList<LoopEvent>> PerformAsync(
        EffectPerformer performer,
        LoopEffect effect,
        DeadlineTimer deadline,
        CancellationToken stop
    )
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (IsEnding(_state))
        {
            await cut.CancelAsync().ConfigureAwait(false);
        }

        using var span = _trace!.Begin(effect, _state);
        var running = performer.PerformAsync(effect, _state, OnText, cut.Token);
        if (!running.IsCompleted)
        {
            deadline.SetFor(_state);
            try
            {
                while (await Task.WhenAny(running, _signals.Arrived).ConfigureAwait(false) != running)
                {
                    await TakeSignalsAsync(deadline).ConfigureAwait(false);
                    deadline.SetFor(_state);
                    if (IsEnding(_state))
                    {
                        await cut.CancelAsync().ConfigureAwait(false);
                        break;
                    }
                }
            }
            catch
            {
                // Another driver has the loop, or the ledger is away: this drive is over, and the next one here finds nothing of it
                // running.
                await cut.CancelAsync().ConfigureAwait(false);
                await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }

        var result = await running.ConfigureAwait(false);
        LoopTrace.Note(span, result);
        stop.ThrowIfCancellationRequested();
        if (_state.Open is null && IsEnding(_state))
        {
            // No intent in the ledger stands for it, and the machine no longer asks for it: replay would know no reason for its result.
            return [];
        }

        return result;
    }

    private static bool IsEnding(LoopState state) => state.Cancel is not null || state.DeadlinePassed;

    private async Task WaitUntilAsync(DateTimeOffset due, DeadlineTimer deadline, CancellationToken stop)
    {
        deadline.SetFor(_state);
        // The clock went on while what came before became durable, and may be set: the time is asked again afterwards, so a wait may be
        // shorter than it should.
        var left = due - ports.Time.GetUtcNow() + TimeSpan.FromMilliseconds(1);
        var delay = Task.Delay(
            left < TimeSpan.Zero ? TimeSpan.Zero
                : left < LongestWait ? left
                : LongestWait,
            ports.Time,
            stop
        );
        await Task.WhenAny(delay, _signals.Arrived).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
    }

    private async ValueTask TakeSignalsAsync(DeadlineTimer deadline)
    {
        if (!_signals.Arrived.IsCompleted)
        {
            return;
        }

        var taken = _signals.TakeAll();
        try
        {
            await RecordAsync(taken, deadline).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Out of the queue, and not durable: whoever waits for one asks again, and must not wait for a driver that is gone.
            foreach (var signal in taken)
            {
                signal.Done.TrySetException(e);
            }

            throw;
        }

        foreach (var signal in taken)
        {
            signal.Done.TrySetResult();
        }
    }

    private async ValueTask RecordAsync(IReadOnlyList<PendingSignal> taken, DeadlineTimer deadline)
    {
        foreach (var signal in taken)
        {
            switch (SignalRules.Judge(_state, signal.Signal))
            {
                case { Refusal: { } refusal }:
                    signal.Done.TrySetException(refusal);
                    break;
                case { Event: { } signalEvent }:
                    Add(signalEvent);
                    break;
            }
        }

        if (deadline.HasPassed && !_state.DeadlinePassed && !_state.IsTerminal)
        {
            Add(new DeadlinePassed());
        }

        await FlushAsync().ConfigureAwait(false);
    }

    private void Add(LoopEvent loopEvent)
    {
        var next = _state;
        if (_pending.Count == 0)
        {
            _pendingAt = ToMilliseconds(ports.Time.GetUtcNow());
            next = LoopFold.BeginEntry(next, loopEvent, _pendingAt);
        }

        if (AuditRecords.Of(_state, loopEvent, _secrets, _pendingAt) is { } record)
        {
            _audit.Add(record);
        }

        _pending.Add(loopEvent);
        next = LoopFold.Apply(next, loopEvent, next.Seq + 1, _pendingAt);
        if (next.Fault is { } fault)
        {
            throw new LoopClusterException("internal-error", $"loop {next.Id} would write what its own rules refuse: {fault}");
        }

        _state = next;
    }

    /// <summary>
    /// Makes everything added so far durable as one entry, and the audit records that belong to it before it. Not cancelled: an entry whose
    /// outcome nobody waited for would have to be asked about again.
    /// </summary>
    private async ValueTask FlushAsync()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        var line = LedgerCodec.Seal(_state.Id, _state.Seq + 1, _pendingAt, _state.Epoch, _pending, _state.Head);
        _pending.Clear();
        var next = LoopFold.EndEntry(_state, line.Seq, line.Hash);
        var asked = ports.Time.GetTimestamp();
        await ports.Ledger.AppendAsync(line, LoopSummary.Of(next), _audit, CancellationToken.None).ConfigureAwait(false);
        _audit.Clear();
        _tenure.Renew(asked);
        _state = next;
        Volatile.Write(ref _durable, _state);
        OnAppended?.Invoke(line);
    }

    /// <summary>The ledger keeps milliseconds: the live state may not know more than a replayed one.</summary>
    private static DateTimeOffset ToMilliseconds(DateTimeOffset at) =>
        new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
}

/// <summary>How a drive ended.</summary>
public enum DriveEnd
{
    /// <summary>With a terminal event.</summary>
    Ended,

    /// <summary>A person or the end of an outage is waited for; nothing is held.</summary>
    Waiting,

    /// <summary>It was asked to park.</summary>
    Parked,
}
