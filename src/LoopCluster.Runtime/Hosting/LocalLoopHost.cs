using System.Runtime.CompilerServices;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting;

/// <summary>
/// Runs every loop of a data directory in this process: a driver task a loop. Whoever makes one holds the directory's lock.
/// </summary>
public sealed class LocalLoopHost : ILoopHost, IAsyncDisposable
{
    private readonly LoopPorts _ports;
    private readonly LoopStarter _starter;
    private readonly LoopDrivers _drivers;
    private readonly LocalAdmission _admission;
    private readonly LoopReader _reader;
    private readonly LoopLoader _loader;
    private readonly LoopArtifacts _artifacts;

    public LocalLoopHost(LoopPorts ports, LoopStarter starter, TenantLimits limits, ILoggerFactory loggers)
    {
        (_ports, _starter) = (ports, starter);
        _reader = new LoopReader(ports.Ledger);
        _loader = new LoopLoader(ports.Ledger);
        _artifacts = new LoopArtifacts(ports.Ledger, ports.Blobs, ports.Workspaces, ports.Proofs);
        _drivers = new LoopDrivers(ports, $"{Environment.MachineName}/{Environment.ProcessId}", loggers)
        {
            OnLaunched = active => _admission!.Follow(active),
        };
        _admission = new LocalAdmission(limits, _drivers, loggers.CreateLogger<LocalAdmission>());
    }

    /// <summary>Told pieces of model text as they stream in.</summary>
    public Action<LoopId, string>? OnText
    {
        get => _drivers.OnText;
        set => _drivers.OnText = value;
    }

    public async ValueTask<LoopId> StartAsync(StartLoop request, CancellationToken cancellationToken)
    {
        return Begin(await _starter.CreateAsync(request, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<LoopView?> GetAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var active = _drivers.Find(loop);
        var state = active?.Driver.State is { Seq: > 0 } live
            ? live
            : await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        return state is null ? null : new LoopView(state, active is not null);
    }

    public async ValueTask<LoopShown?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var active = _drivers.Find(loop);
        var record = active?.Driver.State is { Seq: > 0 } live
            ? LoopRecord.Of(live)
            : await _ports.Records.FindAsync(loop, cancellationToken).ConfigureAwait(false);
        return record is null ? null : new LoopShown(record, active is not null);
    }

    public ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken) =>
        _drivers.Find(loop)?.Driver.State is { Seq: > 0 } live
            ? new(live.Created.Tenant)
            : _loader.FindTenantAsync(loop, cancellationToken);

    /// <summary>Loops that a drive of this process parked, and since when.</summary>
    public IReadOnlyCollection<KeyValuePair<LoopId, DateTimeOffset>> Parked => _drivers.Parked;

    public IAsyncEnumerable<LoopSummary> ListAsync(CancellationToken cancellationToken) => _ports.Records.ListAsync(cancellationToken);

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) =>
        _ports.Records.ListAsync(query, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> DiffAsync(LoopId loop, CancellationToken cancellationToken) =>
        _artifacts.DiffAsync(loop, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken) =>
        _artifacts.ReadProofAsync(loop, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) =>
        _artifacts.ReadProofFileAsync(loop, name, cancellationToken);

    public ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken) =>
        _drivers.SignalAsync(loop, null, signal, cancellationToken);

    public async ValueTask<LoopId> ForkAsync(ForkLoop request, CancellationToken cancellationToken)
    {
        return Begin(await _starter.ForkAsync(request, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask ResumeAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var taken = await _drivers.TakeUpAsync(loop, null, cancellationToken).ConfigureAwait(false);
        if (taken.State.Status == LoopStatus.Queued)
        {
            _admission.Enqueue(taken.State.Created.Tenant, LoopCursor.Of(taken.State));
        }
        else if (taken.Active is { Driver.State.Pause: not null })
        {
            await SignalAsync(loop, new ResumeSignal(Guid.NewGuid().ToString("n"), "resume"), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes up every loop that neither ended nor waits for a person, parked ones as well, and returns their ids. Those that are queued get
    /// the places that are left.
    /// </summary>
    public async ValueTask<IReadOnlyList<LoopId>> ResumeAllAsync(CancellationToken cancellationToken)
    {
        var resumed = new List<LoopId>();
        var queued = new List<LoopSummary>();
        await foreach (var loop in _ports.Records.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (loop.Status is LoopStatus.Running or LoopStatus.Parked)
            {
                await ResumeAsync(loop.Id, cancellationToken).ConfigureAwait(false);
                resumed.Add(loop.Id);
            }
            else if (loop.Status == LoopStatus.Queued)
            {
                queued.Add(loop);
            }
        }

        queued.ForEach(loop => _admission.Enqueue(loop.Tenant, LoopCursor.Of(loop)));
        return resumed;
    }

    public async IAsyncEnumerable<LedgerLine> WatchAsync(
        LoopId loop,
        long fromSeq,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var next = fromSeq;
        while (true)
        {
            var active = _drivers.Find(loop);
            using var watch = active?.Watch();
            var appended = active?.Appended;
            await foreach (var line in _ports.Ledger.ReadAsync(loop, next, cancellationToken).ConfigureAwait(false))
            {
                next = line.Seq + 1;
                yield return line;
                if (line.IsTerminal)
                {
                    yield break;
                }
            }

            if (active is null)
            {
                _drivers.ThrowIfFailed(loop);
                await _reader.WaitAsync(loop, next, cancellationToken).ConfigureAwait(false);
            }
            else if (await Task.WhenAny(appended!, active.Done).WaitAsync(cancellationToken).ConfigureAwait(false) == active.Done)
            {
                var end = await active.Done.ConfigureAwait(false);
                if (end == DriveEnd.Parked || _drivers.IsStopping)
                {
                    yield break;
                }
            }
        }
    }

    private LoopId Begin(LoopState state)
    {
        if (state.Status == LoopStatus.Queued)
        {
            _admission.Enqueue(state.Created.Tenant, LoopCursor.Of(state));
        }
        else
        {
            _drivers.Launch(state);
        }

        return state.Id;
    }

    /// <summary>Waits until nothing is driven here any more.</summary>
    public Task IdleAsync() => _drivers.IdleAsync();

    /// <summary>Parks every loop: what runs is cut off, its intent stays open for the next driver. Repeating it does nothing.</summary>
    public ValueTask DisposeAsync() => _drivers.DisposeAsync();
}
