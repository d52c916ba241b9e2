using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.TestKit.Faults;

/// <summary>
/// Serves every model while models are broken, and breaks; the usual clients serve otherwise. To be registered before them.
/// </summary>
public sealed class BreakingModels(BrokenParts broken) : IModelClient
{
    public bool Serves(ModelBinding model) => broken.Is(BrokenPart.Model);

    public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
    {
        broken.ThrowIf(BrokenPart.Model);
        throw new InvalidOperationException("it was mended in between");
    }
}
