using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Ports;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Runtime.Hosting;

/// <summary>
/// Records a signal for a loop that nobody drives, and nothing more: no model is called and no tool runs. The loop is as parked as before,
/// and whoever drives it next acts on the signal.
/// </summary>
public sealed class SignalRecorder(LoopPorts ports, ILogger<LoopDriver> logger)
{
    private readonly LoopLoader _loader = new(ports.Ledger);

    /// <summary>Done when the signal's event is durable. The same id again is success.</summary>
    /// <exception cref="Engine.Errors.BadInputException">No such loop, it has ended, or it waits for no such answer.</exception>
    public async ValueTask RecordAsync(LoopId loop, LoopSignal signal, CancellationToken cancellationToken)
    {
        var state = await _loader.LoadAsync(loop, cancellationToken).ConfigureAwait(false) ?? throw LoopStarter.UnknownLoop(loop);
        if (SignalRules.Judge(state, signal) is { Refusal: { } refusal })
        {
            throw refusal;
        }

        LoopDriver? driver = null;
        driver = new LoopDriver(ports, state, $"{Environment.MachineName}/{Environment.ProcessId}", logger)
        {
            OnAppended = _ => ports.Records.Keep(driver!.State),
        };
        if (driver.TrySignal(signal, out var durable))
        {
            // Asked to park before it begins: it takes the loop, records what was handed over, and goes no further.
            await driver.RunAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        }

        await durable.ConfigureAwait(false);
    }
}
