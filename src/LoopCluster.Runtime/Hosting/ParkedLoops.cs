using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Runtime.Hosting;

/// <summary>
/// Takes loops that this process parked up again by itself, as the keeper of a cluster does: what they waited for may be there. Those that
/// were parked before it started are taken up at its start. For a process that serves; one that runs a single loop ends when that is
/// parked.
/// </summary>
public sealed partial class ParkedLoops(
    LocalLoopHost host,
    TimeProvider time,
    IOptions<ParkedLoopsOptions> options,
    ILogger<ParkedLoops> logger
) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private bool _disposed;
    private Task _looking = Task.CompletedTask;

    /// <summary>Looks from now on, until disposed.</summary>
    public void Start() => _looking = RunAsync();

    /// <summary>Repeating it does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.Value.Look, time, _stop.Token).ConfigureAwait(false);
                await LookAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Asked to.
        }
    }

    private async Task LookAsync()
    {
        foreach (var (loop, since) in host.Parked)
        {
            if (OutageRules.IsTriedAgain(LoopStatus.Parked, since, time.GetUtcNow(), options.Value.Period))
            {
                await TakeUpAsync(loop).ConfigureAwait(false);
            }
        }
    }

    private async Task TakeUpAsync(LoopId loop)
    {
        try
        {
            await host.ResumeAsync(loop, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (!_stop.IsCancellationRequested)
        {
            // One that cannot be taken up must not keep the others waiting.
            LogNotTakenUp(logger, fault, loop.Value);
        }
    }
}
