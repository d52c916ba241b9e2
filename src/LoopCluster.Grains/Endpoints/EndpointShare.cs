using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Grains.Endpoints;

/// <summary>
/// Keeps one limiter's share of an endpoint: taken when somebody waits, renewed while it is used, returned when it is not, and gone by
/// itself when it cannot be renewed.
/// </summary>
internal sealed partial class EndpointShare(
    IEndpointGrain grain,
    string endpoint,
    string holder,
    IEndpointLimiter limiter,
    EndpointSharingOptions options,
    ILogger<EndpointShare> logger
)
{
    /// <summary>Between renewals, however many callers come.</summary>
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private TaskCompletionSource _nudged = New();
    private int _bound;
    private long _number;
    private long _claims;

    public string Endpoint => endpoint;

    /// <summary>Somebody waits because the share is too small.</summary>
    public void Nudge() => Volatile.Read(ref _nudged).TrySetResult();

    /// <summary>
    /// What a new activation of the grain has to reckon with. An answer of the former one that is still under way is not listened to any
    /// more.
    /// </summary>
    public EndpointUse Claim()
    {
        lock (_lock)
        {
            _claims++;
            return Use();
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await WaitAsync(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
                await KeepAsync(stop).ConfigureAwait(false);
                await TryAsync(async () => await grain.ReturnAsync(holder).ConfigureAwait(false), stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Bound(0);
        }
    }

    /// <summary>Renews until nobody has wanted anything for a while and nothing is open.</summary>
    private async Task KeepAsync(CancellationToken stop)
    {
        var renewed = TimeProvider.System.GetTimestamp();
        var used = renewed;
        while (true)
        {
            // The lease runs from before the question, so that it ends here before it ends there.
            var asked = TimeProvider.System.GetTimestamp();
            var claims = Interlocked.Read(ref _claims);
            var use = Use();
            var granted = -1;
            if (
                await TryAsync(
                        async () => granted = await grain.LeaseAsync(use, stop).WaitAsync(options.Lease, stop).ConfigureAwait(false),
                        stop
                    )
                    .ConfigureAwait(false)
            )
            {
                renewed = asked;
                if (!TryBound(granted, claims))
                {
                    continue;
                }
            }
            else if (TimeProvider.System.GetElapsedTime(renewed) + options.Period > options.Lease)
            {
                Bound(0);
            }

            var waits = limiter.Waiting > 0;
            if (use.Wanted > 0 || waits)
            {
                used = asked;
            }
            else if (TimeProvider.System.GetElapsedTime(used) > options.IdleAfter)
            {
                Bound(0);
                if (limiter.Open == 0)
                {
                    return;
                }
            }

            await Task.Delay(LeastWait, stop).ConfigureAwait(false);
            await WaitAsync(waits ? options.WaitingPeriod : options.Period, stop).ConfigureAwait(false);
        }
    }

    /// <summary>False when the grain that granted this may be gone, and the next one does not know of it.</summary>
    private bool TryBound(int share, long claims)
    {
        lock (_lock)
        {
            if (share > _bound && claims != _claims)
            {
                return false;
            }

            Bound(share);
            return true;
        }
    }

    private void Bound(int share)
    {
        lock (_lock)
        {
            _bound = share;
            limiter.Bound(share);
        }
    }

    /// <summary>What may be open is never more than is told: what is opened between the two looks is below the bound.</summary>
    private EndpointUse Use()
    {
        lock (_lock)
        {
            var open = limiter.Open;
            return new EndpointUse
            {
                Holder = holder,
                Number = ++_number,
                Concurrency = limiter.Concurrency,
                Wanted = open + limiter.Waiting,
                Held = Math.Max(_bound, open),
            };
        }
    }

    private async Task WaitAsync(TimeSpan most, CancellationToken stop)
    {
        try
        {
            await Volatile.Read(ref _nudged).Task.WaitAsync(most, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return;
        }

        Volatile.Write(ref _nudged, New());
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<bool> TryAsync(Func<Task> call, CancellationToken stop)
    {
        try
        {
            await call().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            LogNotRenewed(logger, e, endpoint);
            return false;
        }
    }
}
