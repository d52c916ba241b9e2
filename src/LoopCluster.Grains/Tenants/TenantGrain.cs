using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Tenants;

/// <summary>First come, first served, by creation. What it knows is a cache of the index, looked at again twice a minute while loops run or wait.</summary>
[GrainType("tenant")]
internal sealed partial class TenantGrain(TenantPlaces places, LoopRecords records, ILogger<TenantGrain> logger) : Grain, ITenantGrain
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    /// <summary>Loops with a place.</summary>
    private readonly HashSet<LoopId> _running = [];
    private readonly Dictionary<LoopId, LinkedListNode<LoopId>> _queued = [];
    private readonly LinkedList<LoopId> _queue = new();

    private string Tenant => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(Period, Period) { KeepAlive = true });
    }

    public Task AdmitAsync(string loop, CancellationToken cancellationToken)
    {
        Enqueue(Id(loop));
        AdmitNext();
        return Task.CompletedTask;
    }

    public Task TakenAsync(string loop)
    {
        Dequeue(Id(loop));
        _running.Add(Id(loop));
        return Task.CompletedTask;
    }

    public Task GivenBackAsync(string loop)
    {
        Dequeue(Id(loop));
        _running.Remove(Id(loop));
        AdmitNext();
        return Task.CompletedTask;
    }

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        AdmitNext();
    }

    public Task<TenantView> ViewAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new TenantView { Limit = places.LimitOf(Tenant), Running = _running.Count, Queue = [.. _queue.Select(l => l.Value)] });

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        await ReconcileAsync(cancellationToken);
        if (_running.Count == 0 && _queue.Count == 0)
        {
            DeactivateOnIdle();
        }
    }

    /// <summary>Makes places and queue what the index says, but for loops admitted a moment ago: their first entry by a driver is on its way, or they are driven again.</summary>
    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var found = new List<LoopSummary>();
        for (var query = new LoopQuery { Tenant = Tenant, Status = LoopStatus.Running, Limit = LoopQuery.MostLoops, Brief = true }; ;)
        {
            var page = await records.ListAsync(query, cancellationToken);
            found.AddRange(page.Loops);
            if (page.Next is null)
            {
                break;
            }

            query = query with { Cursor = page.Next };
        }

        var gone = _running.Except(found.Select(l => l.Id)).ToArray();
        foreach (var loop in gone)
        {
            _running.Remove(loop);
        }

        foreach (var loop in _queued.Keys.Except(found.Select(l => l.Id)).ToArray())
        {
            Dequeue(loop);
        }

        foreach (var loop in found.OrderBy(LoopCursor.Of, Comparer<LoopCursor>.Create((a, b) => a.CompareTo(b))))
        {
            if (loop.Epoch > 0)
            {
                Dequeue(loop.Id);
                _running.Add(loop.Id);
            }
            else if (_running.Contains(loop.Id))
            {
                Drive(loop.Id);
            }
            else
            {
                Enqueue(loop.Id);
            }
        }
    }

    private void AdmitNext()
    {
        var limit = places.LimitOf(Tenant);
        while (_queue.First is { Value: var next } && (limit == 0 || _running.Count < limit))
        {
            Dequeue(next);
            _running.Add(next);
            Drive(next);
        }
    }

    private void Drive(LoopId loop) => _ = DriveAsync(loop);

    private async Task DriveAsync(LoopId loop)
    {
        try
        {
            var grain = GrainFactory.GetGrain<ILoopGrain>(LoopKey.Of(Tenant, loop));
            await GrainCalls.AskAsync(() => grain.DriveAsync(CancellationToken.None), CancellationToken.None);
        }
        catch (Exception e)
        {
            // It keeps its place; the next look drives it again.
            LogNotDriven(logger, e, loop.Value, Tenant);
        }
    }

    private void Enqueue(LoopId loop)
    {
        if (!_running.Contains(loop) && !_queued.ContainsKey(loop))
        {
            _queued[loop] = _queue.AddLast(loop);
        }
    }

    private void Dequeue(LoopId loop)
    {
        if (_queued.Remove(loop, out var node))
        {
            _queue.Remove(node);
        }
    }

    private static LoopId Id(string loop) => LoopId.TryParse(loop, out var id) ? id : throw new ArgumentException($"'{loop}' is no loop's id", nameof(loop));
}
