using LoopCluster.Grains.Keeper;
using LoopCluster.Runtime.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Grains.Silos;

/// <summary>
/// A silo's part: it keeps others' loops once it is active, and parks its own, each at its next step boundary, before it says that it is on
/// its way out, so that whoever hears so may take up at once what was not handed over.
/// </summary>
internal sealed partial class LoopSilo(
    LoopKeeper keeper,
    LoopDrivers drivers,
    IOptions<SiloLimits> limits,
    TimeProvider time,
    ILogger<LoopSilo> logger
) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _keeping = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(LoopSilo), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    public void Dispose() => _stop.Dispose();

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _keeping = Task.Run(() => keeper.RunAsync(_stop.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        var count = drivers.Count;
        try
        {
            await _keeping.WaitAsync(cancellationToken).ConfigureAwait(false);
            using var cutOff = new CancellationTokenSource(limits.Value.StepPatience, time);
            await drivers.DrainAsync(cutOff.Token).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            LogParked(logger, count);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The deadline: what is left is fenced off by the next epoch.
            LogNotParked(logger, drivers.Count, count);
        }
    }
}
