using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Grains.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Hosting;

/// <summary>
/// The loops of a cluster, from any silo of it. What is known comes from the ledger; a grain is asked only to drive, to hand a signal over,
/// and for hints that a loop that is watched has grown.
/// </summary>
public sealed partial class GrainLoopHost : ILoopHost, IAsyncDisposable
{
    /// <summary>Beyond these, tenants are looked up again: some 100 bytes each.</summary>
    private const int MostTenants = 100_000;

    private readonly LoopPorts _ports;
    private readonly LoopStarter _starter;
    private readonly LoopArtifacts _artifacts;
    private readonly LoopDrivers _drivers;
    private readonly LoopLoader _loader;
    private readonly LoopWaker _waker;
    private readonly LoopWatches _watches;
    private readonly IGrainFactory _grains;
    private readonly IClusterMembershipService _membership;
    private readonly ILogger<GrainLoopHost> _logger;
    private readonly ConcurrentDictionary<LoopId, string> _tenants = new();
    private readonly CancellationTokenSource _stop = new();

    internal GrainLoopHost(
        LoopPorts ports,
        LoopStarter starter,
        LoopArtifacts artifacts,
        LoopDrivers drivers,
        LoopWaker waker,
        LoopWatches watches,
        IGrainFactory grains,
        IClusterMembershipService membership,
        ILogger<GrainLoopHost> logger
    )
    {
        (_ports, _starter, _artifacts, _drivers, _waker, _watches, _grains, _membership, _logger) = (
            ports,
            starter,
            artifacts,
            drivers,
            waker,
            watches,
            grains,
            membership,
            logger
        );
        _loader = new LoopLoader(ports.Ledger);
    }

    public async ValueTask<LoopId> StartAsync(StartLoop request, CancellationToken cancellationToken)
    {
        return Begin(await _starter.CreateAsync(request, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<LoopView?> GetAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var state = _drivers.Find(loop)?.Driver.State is { Seq: > 0 } live
            ? live
            : await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false);
        return state is null ? null : new LoopView(state, Driven: state.Status == LoopStatus.Running && IsLive(state.Host));
    }

    public async ValueTask<LoopShown?> FindAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var record = _drivers.Find(loop)?.Driver.State is { Seq: > 0 } live
            ? LoopRecord.Of(live)
            : await _ports.Records.FindAsync(loop, cancellationToken).ConfigureAwait(false);
        return record is not { Summary: var summary }
            ? null
            : new LoopShown(record, Driven: summary.Status == LoopStatus.Running && IsLive(summary.Host));
    }

    public async ValueTask<string?> FindTenantAsync(LoopId loop, CancellationToken cancellationToken)
    {
        if (_tenants.TryGetValue(loop, out var known))
        {
            return known;
        }

        // A loop that the lists do not know may be there with a damaged head: its first entry tells.
        var tenant = (await _ports.Records.FindSummaryAsync(loop, cancellationToken).ConfigureAwait(false))?.Tenant
            ?? await _loader.FindTenantAsync(loop, cancellationToken).ConfigureAwait(false);
        if (tenant is not null)
        {
            Remember(loop, tenant);
        }

        return tenant;
    }

    public IAsyncEnumerable<LoopSummary> ListAsync(CancellationToken cancellationToken) => _ports.Records.ListAsync(cancellationToken);

    public ValueTask<LoopPage> ListAsync(LoopQuery query, CancellationToken cancellationToken) =>
        _ports.Records.ListAsync(query, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> DiffAsync(LoopId loop, CancellationToken cancellationToken) =>
        _artifacts.DiffAsync(loop, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofAsync(LoopId loop, CancellationToken cancellationToken) =>
        _artifacts.ReadProofAsync(loop, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ReadProofFileAsync(LoopId loop, string name, CancellationToken cancellationToken) =>
        _artifacts.ReadProofFileAsync(loop, name, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Asked again while silos come and go: signals are told apart by their id, so one is never taken twice.</remarks>
    public async ValueTask SignalAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        var tenant = await FindTenantAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop);
        var grain = _grains.GetGrain<ILoopGrain>(LoopKey.Of(tenant, loop));
        var message = SignalMessage.Of(signal);
        await GrainCalls.AskAsync(() => grain.SignalAsync(message, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<LoopId> ForkAsync(ForkLoop request, CancellationToken cancellationToken)
    {
        return Begin(await _starter.ForkAsync(request, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask ResumeAsync(LoopId loop, CancellationToken cancellationToken)
    {
        var state = await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop);
        if (state.IsPaused)
        {
            await SignalAsync(loop, new ResumeSignal(Guid.NewGuid().ToString("n"), "resume"), cancellationToken).ConfigureAwait(false);
        }
        else if (!state.IsTerminal)
        {
            await _waker.WakeAsync(state, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Every entry is read from the ledger by its number, whoever drives the loop and however often it moves; hints only say when to look.
    /// Ends also when this host is disposed.
    /// </remarks>
    public async IAsyncEnumerable<LedgerLine> WatchAsync(
        LoopId loop,
        long fromSeq,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        LoopWatch? watch = null;
        try
        {
            for (var next = fromSeq; ; )
            {
                var (hinted, before) = (watch?.Hinted, next);
                await foreach (var line in _ports.Ledger.ReadAsync(loop, next, cancellationToken).ConfigureAwait(false))
                {
                    next = line.Seq + 1;
                    yield return line;
                    if (line.IsTerminal)
                    {
                        yield break;
                    }
                }

                if (_stop.IsCancellationRequested)
                {
                    yield break;
                }

                if (next == before && next > 1 && await _ports.Ledger.ReadHeadAsync(loop, cancellationToken).ConfigureAwait(false) is null)
                {
                    throw new InfrastructureException(
                        "ledger-lost",
                        $"loop {loop} is not in the ledger any more, and had entries: Redis was flushed, or restarted without its data"
                    );
                }

                if (watch is null && await FindTenantAsync(loop, cancellationToken).ConfigureAwait(false) is { } tenant)
                {
                    // What was appended since the read is found by the next one.
                    watch = _watches.Open(tenant, loop);
                    await watch.Subscribed.WaitAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                }

                await LoopWatch.WaitAsync(hinted, _stop.Token, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            watch?.Dispose();
        }
    }

    /// <summary>Ends every watch. Loops go on: they are the silos'.</summary>
    public async ValueTask DisposeAsync() => await _stop.CancelAsync().ConfigureAwait(false);

    /// <summary>
    /// The loop exists by now, which is all that was asked for: nobody waits for a silo that answers, and a loop that could not be woken is
    /// found by a keeper.
    /// </summary>
    private LoopId Begin(LoopState state)
    {
        Remember(state.Id, state.Created.Tenant);
        _ = WakeNewAsync(state);
        return state.Id;
    }

    private async Task WakeNewAsync(LoopState state)
    {
        try
        {
            await _waker.WakeAsync(state, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogNotWoken(_logger, e, state.Id.Value);
        }
    }

    private void Remember(LoopId loop, string tenant)
    {
        if (_tenants.Count >= MostTenants)
        {
            _tenants.Clear();
        }

        _tenants[loop] = tenant;
    }

    private bool IsLive(string? host) =>
        host is not null
        && _membership.CurrentSnapshot.Members.Values.Any(m => m.Status == SiloStatus.Active && m.SiloAddress.ToParsableString() == host);
}
