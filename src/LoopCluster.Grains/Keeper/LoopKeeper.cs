using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Grains.Tenants;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Keeper;

/// <summary>
/// Finds running loops that nobody drives and has them driven: at the start, whenever membership changes, and slowly all the time. It looks
/// at the index, which is as durable as the loops, and never at what it remembers, so nothing can be missed for longer than a period.
/// </summary>
internal sealed partial class LoopKeeper(
    LoopRecords records,
    LoopDrivers drivers,
    LoopRetries retries,
    LoopWaker waker,
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IClusterMembershipService membership,
    IOptions<KeeperOptions> options,
    ILogger<LoopKeeper> logger
) : IDisposable
{
    private readonly SemaphoreSlim _changed = new(1);
    private readonly string _self = silo.SiloAddress.ToParsableString();

    /// <summary>Loops woken since the start.</summary>
    public long Woken => Interlocked.Read(ref _woken);

    private long _woken;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var listening = ListenAsync(stop);
        try
        {
            // The first look, and each after a change, is for this silo's share. Looks repeat, for all loops, until none is left.
            for (var mine = true; !stop.IsCancellationRequested; )
            {
                var left = await LookAsync(mine, stop).ConfigureAwait(false);
                mine = await _changed.WaitAsync(left ? options.Value.Patience : options.Value.Period, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to.
        }

        await listening.ConfigureAwait(false);
    }

    public void Dispose() => _changed.Dispose();

    /// <summary>One look at the index; true when there were orphans, its own or others'.</summary>
    internal async Task<bool> LookAsync(bool mine, CancellationToken stop)
    {
        try
        {
            var members = membership.CurrentSnapshot;
            var live = SilosOf(members, SiloStatus.Active, SiloStatus.Joining, SiloStatus.Created);
            var active = SilosOf(members, SiloStatus.Active);
            active.Add(_self);
            var orphans = new List<LoopSummary>();
            await foreach (var loop in ListAsync(LoopStatus.Running, stop).ConfigureAwait(false))
            {
                if (
                    Orphans.Is(
                        loop,
                        live,
                        _self,
                        l => drivers.Find(l) is not null || retries.Has(l),
                        DateTimeOffset.UtcNow,
                        options.Value.NewLoopAge
                    )
                )
                {
                    orphans.Add(loop);
                }
            }

            var chosen = mine ? orphans.Where(l => Orphans.ResponsibleFor(l.Id, active) == _self).ToList() : [.. orphans];
            if (chosen.Count > 0)
            {
                LogWaking(logger, chosen.Count, orphans.Count);
            }

            // A parked loop is nobody's: what it waited for may be there again, or be there on another silo.
            await foreach (var loop in ListAsync(LoopStatus.Parked, stop).ConfigureAwait(false))
            {
                if (
                    OutageRules.IsTriedAgain(loop.Status, loop.Updated, DateTimeOffset.UtcNow, options.Value.ParkedPeriod)
                    && Orphans.ResponsibleFor(loop.Id, active) == _self
                    && drivers.Find(loop.Id) is null
                )
                {
                    chosen.Add(loop);
                }
            }

            var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.Parallelism, CancellationToken = stop };
            await Parallel.ForEachAsync(chosen, parallel, WakeAsync).ConfigureAwait(false);
            var queues = new Dictionary<string, LoopId>(StringComparer.Ordinal);
            await foreach (var loop in ListAsync(LoopStatus.Queued, stop).ConfigureAwait(false))
            {
                queues.TryAdd(loop.Tenant, loop.Id);
            }

            foreach (var (tenant, _) in queues.Where(q => !mine || Orphans.ResponsibleFor(q.Value, active) == _self))
            {
                // One message for the whole queue: its grain may have died with a silo.
                await grains.GetGrain<ITenantGrain>(tenant).ReconcileAsync(stop).ConfigureAwait(false);
            }

            return orphans.Count > 0;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            LogLookFailed(logger, e);
            return true;
        }
    }

    private async ValueTask WakeAsync(LoopSummary loop, CancellationToken stop)
    {
        try
        {
            // Not for long: the next look, at the members there are then, is worth more than patience with these.
            await waker.WakeAsync(loop.Tenant, loop.Id, stop, options.Value.Patience).ConfigureAwait(false);
            Interlocked.Increment(ref _woken);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            // One loop that cannot be driven must not keep the others down; the next look finds it again.
            LogNotWoken(logger, e, loop.Id.Value);
        }
    }

    private async IAsyncEnumerable<LoopSummary> ListAsync(
        LoopStatus status,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop
    )
    {
        for (
            var query = new LoopQuery
            {
                Status = status,
                Limit = LoopQuery.MostLoops,
                Brief = true,
            };
            ;

        )
        {
            var page = await records.ListAsync(query, stop).ConfigureAwait(false);
            foreach (var loop in page.Loops)
            {
                yield return loop;
            }

            if (page.Next is null)
            {
                yield break;
            }

            query = query with { Cursor = page.Next };
        }
    }

    private async Task ListenAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var _ in membership.MembershipUpdates.WithCancellation(stop).ConfigureAwait(false))
            {
                if (_changed.CurrentCount == 0)
                {
                    _changed.Release();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to.
        }
    }

    /// <summary>
    /// Of live silos, one on its way out is none: it parks what it drives before it says so. One that joins is: calls may have reached it
    /// before the news.
    /// </summary>
    private static HashSet<string> SilosOf(ClusterMembershipSnapshot snapshot, params SiloStatus[] statuses) =>
        [.. snapshot.Members.Values.Where(m => statuses.Contains(m.Status)).Select(m => m.SiloAddress.ToParsableString())];
}
