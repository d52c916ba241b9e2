using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Routing;

/// <summary>Hands a call to the client that speaks to its model.</summary>
public sealed class ModelRouter(IEnumerable<IModelClient> clients)
{
    private readonly IModelClient[] _clients = [.. clients];

    public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
    {
        foreach (var client in _clients)
        {
            if (client.Serves(call.Model))
            {
                return client.SendAsync(call, cancellationToken);
            }
        }

        var failure = new ModelFailure(ModelFailureKind.Refused, $"no client here speaks to model '{call.Model.Name}'", Served: false);
        return new ValueTask<ModelResult>(new ModelResult(null, failure));
    }
}
