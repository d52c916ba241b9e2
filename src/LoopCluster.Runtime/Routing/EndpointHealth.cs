using System.Collections.Concurrent;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Routing;

/// <summary>
/// What the loops of this process have seen of each endpoint. It turns a call away without sending it, as a failure that is recorded like
/// any other; what follows from that, and what counts as a failure, is the engine's.
/// </summary>
public sealed class EndpointHealth(TimeProvider time)
{
    // As many as there are models in files and specs of this machine's user.
    private readonly ConcurrentDictionary<(string Url, string Model), State> _states = new();

    /// <returns>The failure of a call that is not to be sent; null when it may be, and then <see cref="Told"/> follows.</returns>
    public ModelFailure? Refusal(ModelBinding model)
    {
        var state = StateOf(model);
        lock (state)
        {
            if (state.Circuit.WaitAt(time.GetUtcNow()) is not { } wait)
            {
                state.Circuit = state.Circuit.Sent();
                return null;
            }

            var circuit = state.Circuit;
            return new ModelFailure(
                ModelFailureKind.CircuitOpen,
                FormattableString.Invariant(
                    $"{model.Url} is left alone for {wait.TotalSeconds:0.#} s: {circuit.Failures} calls in a row failed there. The last: {circuit.Message}"
                ),
                Served: false,
                wait
            );
        }
    }

    /// <summary>Its last call failed, and what it is waited for is not over.</summary>
    public bool IsSick(ModelBinding model)
    {
        var state = StateOf(model);
        lock (state)
        {
            return state.Circuit.IsSickAt(time.GetUtcNow());
        }
    }

    public void Told(ModelBinding model, ModelFailure? failure)
    {
        var state = StateOf(model);
        lock (state)
        {
            state.Circuit = state.Circuit.After(failure?.Kind, failure?.Message ?? "", time.GetUtcNow());
        }
    }

    private State StateOf(ModelBinding model) => _states.GetOrAdd((model.Url ?? "", model.Model), _ => new State());

    private sealed class State
    {
        public Circuit Circuit { get; set; } = Circuit.Closed;
    }
}
