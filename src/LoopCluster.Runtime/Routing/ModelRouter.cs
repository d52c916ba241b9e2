using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Routing;

/// <summary>Hands a call to the client that speaks to its model, unless its endpoint is to be left alone.</summary>
/// <param name="health">Null: nobody is ever left alone.</param>
public sealed class ModelRouter(IEnumerable<IModelClient> clients, EndpointHealth? health = null)
{
    private readonly IModelClient[] _clients = [.. clients];

    public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
    {
        foreach (var client in _clients)
        {
            if (client.Serves(call.Model))
            {
                return health is null || call.Model.Url is null
                    ? client.SendAsync(call, cancellationToken)
                    : SendAsync(client, health, call, cancellationToken);
            }
        }

        var failure = new ModelFailure(ModelFailureKind.Refused, $"no client here speaks to model '{call.Model.Name}'", Served: false);
        return new ValueTask<ModelResult>(new ModelResult(null, failure));
    }

    private static async ValueTask<ModelResult> SendAsync(
        IModelClient client,
        EndpointHealth health,
        ModelCall call,
        CancellationToken cancellationToken
    )
    {
        if (health.Refusal(call.Model) is { } refusal)
        {
            return new ModelResult(null, refusal);
        }

        var told = new ModelFailure(ModelFailureKind.Aborted, "no result", Served: false);
        try
        {
            var result = await client.SendAsync(call, cancellationToken).ConfigureAwait(false);
            told = result.Failure;
            return result;
        }
        finally
        {
            health.Told(call.Model, told);
        }
    }
}
