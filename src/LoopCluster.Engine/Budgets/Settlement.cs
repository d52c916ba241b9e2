using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Budgets;

/// <summary>What a model call is settled at.</summary>
/// <param name="Assumed">Nobody billed it: the whole reservation counts.</param>
public sealed record Settlement(Usage Usage, decimal Cost, bool Assumed)
{
    /// <param name="told">What the reply named; null for nothing.</param>
    /// <param name="said">Whether the reply has any text or call.</param>
    public static Settlement OfReply(ModelRequested request, ModelBinding model, Usage? told, bool said) =>
        told is not null && UsageRules.IsBelievable(model, told, said)
            ? new Settlement(told, Reservations.CostOf(model.Price, told), Assumed: false)
            : Whole(request);

    /// <param name="served">The endpoint may have served the request.</param>
    public static Settlement OfFailure(ModelRequested request, bool served) =>
        served ? Whole(request) : new Settlement(new Usage(0, 0), 0, Assumed: false);

    /// <summary>What is wrong with a recorded settlement, or null.</summary>
    public static string? Fault(LoopState state, ModelRequested request, LoopEvent result)
    {
        var (recorded, right) = result switch
        {
            ModelReplied e => (
                new Settlement(e.Usage, e.Cost, e.Assumed),
                OfReply(request, BindingOf(state, request), e.Assumed ? e.Told : e.Usage, e.Text.Length > 0 || e.Tools.Count > 0)
            ),
            ModelFailed e => (new Settlement(e.Usage, e.Cost, e.Assumed), OfFailure(request, e.Assumed)),
            _ => default,
        };
        return recorded == right ? null : FormattableString.Invariant($"the call is settled at {right}, and the ledger says {recorded}");
    }

    /// <summary>The agent had this binding when the request was folded.</summary>
    private static ModelBinding BindingOf(LoopState state, ModelRequested request) =>
        state.Agents[request.Agent].Binding(request.Model)!.Model;

    private static Settlement Whole(ModelRequested request) =>
        new(new Usage(request.Reserved.TokensIn, request.Reserved.TokensOut), request.Reserved.Cost, Assumed: true);
}
