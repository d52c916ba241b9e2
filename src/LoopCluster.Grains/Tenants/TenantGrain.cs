using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Tenants;

/// <summary>
/// First come, first served, by creation. What it knows is a cache of the index, looked at again twice a minute while loops run or wait.
/// </summary>
[GrainType("tenant")]
internal sealed partial class TenantGrain(TenantPlaces places, LoopRecords records, ILogger<TenantGrain> logger) : Grain, ITenantGrain
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly TenantAdmission _queue = new();

    /// <summary>Loops that are being told that they have a place.</summary>
    private readonly HashSet<LoopId> _admitting = [];

    private string Tenant => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(Period, Period) { KeepAlive = true });
    }

    public Task AdmitAsync(string loop, CancellationToken cancellationToken)
    {
        _queue.Enqueue(LoopCursor.Parse(loop));
        AdmitNext();
        return Task.CompletedTask;
    }

    public Task TakenAsync(string loop)
    {
        _queue.Take(Id(loop));
        return Task.CompletedTask;
    }

    public Task GivenBackAsync(string loop)
    {
        _queue.GiveBack(Id(loop));
        AdmitNext();
        return Task.CompletedTask;
    }

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        AdmitNext();
    }

    public Task<TenantView> ViewAsync(CancellationToken cancellationToken) =>
        Task.FromResult(
            new TenantView
            {
                Limit = places.LimitOf(Tenant),
                Running = _queue.Running,
                Queue = [.. _queue.Queue.Select(l => l.Value)],
            }
        );

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        await ReconcileAsync(cancellationToken);
        if (_queue.IsEmpty)
        {
            DeactivateOnIdle();
        }
    }

    /// <summary>Makes places and queue what the index says, but for loops admitted a moment ago, whose entry is on its way.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // In this order: a loop that begins in between is in both lists, and not in none.
        var queued = await ListAsync(LoopStatus.Queued, cancellationToken);
        var running = (await ListAsync(LoopStatus.Running, cancellationToken)).Select(l => l.Id).ToHashSet();
        _queue.Keep(queued.Select(l => l.Id).Concat(running).ToHashSet());
        foreach (var loop in running)
        {
            _queue.Take(loop);
        }

        foreach (var loop in queued.Where(l => !running.Contains(l.Id)))
        {
            if (!_admitting.Contains(loop.Id) && _queue.HasPlace(loop.Id))
            {
                // It could not be told.
                _queue.GiveBack(loop.Id);
            }

            _queue.Enqueue(LoopCursor.Of(loop));
        }
    }

    private async Task<List<LoopSummary>> ListAsync(LoopStatus status, CancellationToken cancellationToken)
    {
        var found = new List<LoopSummary>();
        for (
            var query = new LoopQuery
            {
                Tenant = Tenant,
                Status = status,
                Limit = LoopQuery.MostLoops,
                Brief = true,
            };
            ;

        )
        {
            var page = await records.ListAsync(query, cancellationToken);
            found.AddRange(page.Loops);
            if (page.Next is null)
            {
                return found;
            }

            query = query with { Cursor = page.Next };
        }
    }

    private void AdmitNext()
    {
        while (_queue.AdmitNext(places.LimitOf(Tenant)) is { } admitted)
        {
            _ = AdmitAsync(admitted.Loop, admitted.Signal);
        }
    }

    private async Task AdmitAsync(LoopId loop, AdmitSignal signal)
    {
        _admitting.Add(loop);
        try
        {
            var grain = GrainFactory.GetGrain<ILoopGrain>(LoopKey.Of(Tenant, loop));
            var message = SignalMessage.Of(signal);
            await GrainCalls.AskAsync(() => grain.SignalAsync(message, CancellationToken.None), CancellationToken.None);
        }
        catch (Exception e)
        {
            // The next look puts it back into the queue, if that is where its ledger has it.
            LogNotDriven(logger, e, loop.Value, Tenant);
        }
        finally
        {
            _admitting.Remove(loop);
        }
    }

    private static LoopId Id(string loop) =>
        LoopId.TryParse(loop, out var id) ? id : throw new ArgumentException($"'{loop}' is no loop's id", nameof(loop));
}
