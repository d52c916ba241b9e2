using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Runtime.Driver;

/// <summary>
/// Does what a loop does before a token is spent (prepare the base, every gate on it) and stops there. Nothing is appended to the loop's
/// ledger: what it finds is in the state it returns.
/// </summary>
public sealed class BaselineCheck(LoopPorts ports)
{
    /// <summary>Returns in a terminal state when the task would be refused, else as it stands before the first model call.</summary>
    /// <param name="onEvent">Told what happens, as it happens.</param>
    public async ValueTask<LoopState> RunAsync(LoopState state, Action<LoopEvent, LoopState>? onEvent, CancellationToken cancellationToken)
    {
        await using var performer = new EffectPerformer(ports, state.Id, NullLogger.Instance);
        state = Take(state, new DriverStarted(state.Epoch + 1, Environment.MachineName), onEvent);
        if (state.Queued is { } queued)
        {
            state = Take(state, SignalRules.Judge(state, new AdmitSignal(0, queued.Limit)).Event!, onEvent);
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var effect = LoopMachine.Next(state);
            if (effect is Ended or Wait or Record { Intent: StageEntered { Stage: not LoopStage.Discover } })
            {
                return state;
            }

            await WaitAsync(effect, cancellationToken).ConfigureAwait(false);
            if (effect.Intent is { } intent)
            {
                state = Take(state, intent, onEvent);
            }

            if (effect is not Record)
            {
                foreach (var result in await performer.PerformAsync(effect, state, null, cancellationToken).ConfigureAwait(false))
                {
                    state = Take(state, result, onEvent);
                }
            }
        }
    }

    private LoopState Take(LoopState state, LoopEvent loopEvent, Action<LoopEvent, LoopState>? onEvent)
    {
        var at = ports.Time.GetUtcNow();
        state = LoopFold.Apply(LoopFold.BeginEntry(state, loopEvent, at), loopEvent, state.Seq + 1, at);
        onEvent?.Invoke(loopEvent, state);
        return state;
    }

    private async ValueTask WaitAsync(LoopEffect effect, CancellationToken cancellationToken)
    {
        if (effect.NotBefore - ports.Time.GetUtcNow() is { Ticks: > 0 } wait)
        {
            await Task.Delay(wait, ports.Time, cancellationToken).ConfigureAwait(false);
        }
    }
}
