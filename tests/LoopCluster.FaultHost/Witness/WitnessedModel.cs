using System.Globalization;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost.Witness;

/// <summary>Tells the witness of each request: <c>model start ROLE TURN</c>, <c>model end ROLE TURN</c>.</summary>
internal sealed class WitnessedModel(IModelClient inner, WitnessLog witness) : IModelClient
{
    public bool Serves(ModelBinding model) => inner.Serves(model);

    public async ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
    {
        witness.Write(call.Loop, string.Create(CultureInfo.InvariantCulture, $"model start {call.Role} {call.Turn}"));
        var result = await inner.SendAsync(call, cancellationToken);
        witness.Write(call.Loop, string.Create(CultureInfo.InvariantCulture, $"model end {call.Role} {call.Turn}"));
        return result;
    }
}
