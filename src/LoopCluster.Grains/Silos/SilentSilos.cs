using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace LoopCluster.Grains.Silos;

/// <summary>
/// Lets a silo join when members that the table still calls active are gone. A joining silo waits for an answer from each of them, and
/// nobody is left to declare them dead when all were killed at once and come back under new addresses. Whose sign of life in the table does
/// not change for as long as members may miss theirs is declared dead. That time is measured here: the clocks of two machines are never
/// compared.
/// </summary>
internal sealed partial class SilentSilos(
    IMembershipTable table,
    IClusterMembershipService membership,
    ILocalSiloDetails self,
    IOptions<ClusterMembershipOptions> options,
    TimeProvider time,
    ILogger<SilentSilos> logger
) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _joined = new();
    private readonly SignsOfLife _signs = new(Silence(options.Value), time);
    private Task _watching = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(SilentSilos), ServiceLifecycleStage.ApplicationServices, StartAsync, _ => EndAsync());
        lifecycle.Subscribe(nameof(SilentSilos), ServiceLifecycleStage.Active, _ => EndAsync());
    }

    public void Dispose() => _joined.Dispose();

    private async Task LookAsync()
    {
        foreach (var (member, _) in (await table.ReadAllAsync(_joined.Token).ConfigureAwait(false)).Members)
        {
            if (
                member.Status == SiloStatus.Active
                && !member.SiloAddress.Equals(self.SiloAddress)
                && _signs.IsSilent(member.SiloAddress, member.IAmAliveTime)
            )
            {
                LogDeclaredDead(logger, member.SiloAddress, Silence(options.Value).TotalSeconds);
                await membership.TryKill(member.SiloAddress).ConfigureAwait(false);
            }
        }
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = Task.Run(WatchAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task EndAsync()
    {
        await _joined.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
    }

    private async Task WatchAsync()
    {
        var period = options.Value.IAmAliveTablePublishTimeout / 2;
        try
        {
            while (!_joined.IsCancellationRequested)
            {
                try
                {
                    await LookAsync().ConfigureAwait(false);
                }
                catch (Exception e) when (!_joined.IsCancellationRequested)
                {
                    _signs.Forget();
                    LogLookFailed(logger, e);
                }

                await Task.Delay(period, time, _joined.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_joined.IsCancellationRequested)
        {
            // Joined, or given up.
        }
    }

    private static TimeSpan Silence(ClusterMembershipOptions options) =>
        options.IAmAliveTablePublishTimeout * options.NumMissedTableIAmAliveLimit;
}
