using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Routing;

/// <summary>
/// Hands a call to the client that speaks to its model: of several replicas to the one that the engine's rule names, and to none that is to
/// be left alone.
/// </summary>
/// <param name="health">Null: nobody is ever left alone.</param>
/// <param name="loads">Null: nothing is known of any replica's load.</param>
public sealed class ModelRouter(IEnumerable<IModelClient> clients, EndpointHealth? health = null, IReplicaLoads? loads = null)
{
    private readonly IModelClient[] _clients = [.. clients];

    public ValueTask<ModelResult> SendAsync(ModelCall call, CancellationToken cancellationToken)
    {
        foreach (var client in _clients)
        {
            if (client.Serves(call.Model))
            {
                return call.Model.Replicas is { Count: > 0 } ? SendToReplicaAsync(client, call, cancellationToken)
                    : health is null || call.Model.Url is null ? client.SendAsync(call, cancellationToken)
                    : SendAsync(client, health, call, cancellationToken);
            }
        }

        var failure = new ModelFailure(ModelFailureKind.Refused, $"no client here speaks to model '{call.Model.Name}'", Served: false);
        return new ValueTask<ModelResult>(new ModelResult(null, failure));
    }

    private async ValueTask<ModelResult> SendToReplicaAsync(IModelClient client, ModelCall call, CancellationToken cancellationToken)
    {
        IReadOnlyList<ReplicaLoad> all;
        try
        {
            all = loads is null
                ? [.. call.Model.Replicas!.Select(url => new ReplicaLoad(url))]
                : await loads.ReadAsync(call.Model, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new ModelResult(null, new ModelFailure(ModelFailureKind.Aborted, "cancelled before it was sent", Served: false));
        }

        all = health is null ? all : [.. all.Select(r => r with { Sick = health.IsSick(call.Model with { Url = r.Url }) })];
        var choice = AffinityRules.Choose($"{call.Loop.Value}/{call.Agent}", all, call.Last?.Url, call.Last?.IsWarm ?? false);
        call = call with { Model = call.Model with { Url = choice.Url } };
        var result = health is null
            ? await client.SendAsync(call, cancellationToken).ConfigureAwait(false)
            : await SendAsync(client, health, call, cancellationToken).ConfigureAwait(false);
        return result with { Replica = choice };
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
