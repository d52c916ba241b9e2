using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Admission;

/// <summary>Admits the loops of one process, as their tenants' limits allow. What it knows comes from the drives it follows.</summary>
internal sealed partial class LocalAdmission(TenantLimits limits, LoopDrivers drivers, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TenantAdmission> _tenants = new(StringComparer.Ordinal);

    /// <summary>Has a queued loop admitted as soon as there is a place. Repeating it is harmless.</summary>
    public void Enqueue(string tenant, LoopCursor loop)
    {
        lock (_lock)
        {
            QueueOf(tenant).Enqueue(loop);
        }

        AdmitNext(tenant);
    }

    /// <summary>Keeps the place of a loop that is driven while it is.</summary>
    public void Follow(ActiveLoop active)
    {
        var state = active.Driver.State;
        if (!state.IsQueued)
        {
            lock (_lock)
            {
                QueueOf(state.Created.Tenant).Take(state.Id);
            }
        }

        _ = active.EndedAsync(CancellationToken.None).ContinueWith(_ => Leave(active.Driver.State), TaskScheduler.Default);
    }

    private void Leave(LoopState state)
    {
        if (drivers.IsStopping)
        {
            return;
        }

        lock (_lock)
        {
            if (state.Status == LoopStatus.Queued)
            {
                QueueOf(state.Created.Tenant).Enqueue(LoopCursor.Of(state));
            }
            else if (drivers.Find(state.Id) is null)
            {
                QueueOf(state.Created.Tenant).GiveBack(state.Id);
            }
        }

        AdmitNext(state.Created.Tenant);
    }

    private void AdmitNext(string tenant)
    {
        while (!drivers.IsStopping)
        {
            AdmittedLoop admitted;
            lock (_lock)
            {
                var queue = QueueOf(tenant);
                if (queue.AdmitNext(limits.Of(tenant)) is not { } next)
                {
                    if (queue.IsEmpty)
                    {
                        _tenants.Remove(tenant);
                    }

                    return;
                }

                admitted = next;
            }

            _ = AdmitAsync(tenant, admitted);
        }
    }

    private async Task AdmitAsync(string tenant, AdmittedLoop admitted)
    {
        try
        {
            await drivers.SignalAsync(admitted.Loop, tenant, admitted.Signal, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (e is not BadInputException && !drivers.IsStopping)
            {
                LogNotAdmitted(logger, e, admitted.Loop.Value, tenant);
            }

            // It has ended meanwhile, or stays in the queue of its ledger until it is resumed: either way somebody else may have the place.
            lock (_lock)
            {
                QueueOf(tenant).GiveBack(admitted.Loop);
            }

            AdmitNext(tenant);
        }
    }

    private TenantAdmission QueueOf(string tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var queue))
        {
            _tenants[tenant] = queue = new TenantAdmission();
        }

        return queue;
    }

    [LoggerMessage(
        EventId = 2130,
        Level = LogLevel.Warning,
        Message = "Loop {Loop} of tenant {Tenant} could not be admitted; 'loop resume' or the next start tries again"
    )]
    private static partial void LogNotAdmitted(ILogger logger, Exception error, string loop, string tenant);
}
