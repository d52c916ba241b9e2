using System.Collections.Immutable;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Budgets;

/// <summary>What one agent asked of one model for one reason, and what that cost.</summary>
public sealed record ModelBill(string Agent, string Model, string Tier, RouteCause Cause)
{
    public int Requests { get; init; }

    /// <summary>Requests that were answered.</summary>
    public int Replies { get; init; }

    public long TokensIn { get; init; }

    public long TokensOut { get; init; }

    public long TokensCached { get; init; }

    public decimal Cost { get; init; }

    /// <summary>Of <see cref="Cost"/>, what no endpoint has billed.</summary>
    public decimal CostAssumed { get; init; }

    /// <summary>What the tokens of these bills cost of the dearest of these models; never less than they did cost.</summary>
    public static decimal AtDearest(IReadOnlyCollection<ModelBill> bills, IEnumerable<ModelPrice> prices)
    {
        var models = prices.ToArray();
        return bills.Sum(bill =>
            models.Aggregate(bill.Cost, (most, price) =>
                Math.Max(most, Reservations.CostOf(price, new Usage(bill.TokensIn, bill.TokensOut, bill.TokensCached)))
            )
        );
    }

    /// <summary>The bills with one more settled request; they stand in the order of their first.</summary>
    internal static ImmutableArray<ModelBill> Add(ImmutableArray<ModelBill> bills, ModelRequested request, ModelReplied reply) =>
        Add(bills, request, reply.Usage, reply.Cost, reply.Assumed, 1);

    /// <inheritdoc cref="Add(ImmutableArray{ModelBill}, ModelRequested, ModelReplied)"/>
    internal static ImmutableArray<ModelBill> Add(ImmutableArray<ModelBill> bills, ModelRequested request, ModelFailed failure) =>
        Add(bills, request, failure.Usage, failure.Cost, failure.Assumed, 0);

    private static ImmutableArray<ModelBill> Add(
        ImmutableArray<ModelBill> bills,
        ModelRequested request,
        Usage usage,
        decimal cost,
        bool assumed,
        int replies
    )
    {
        var at = 0;
        while (at < bills.Length && !bills[at].IsOf(request))
        {
            at++;
        }

        var bill = at < bills.Length ? bills[at] : new ModelBill(request.Agent, request.Model, request.Tier, request.Cause);
        bill = bill with
        {
            Requests = bill.Requests + 1,
            Replies = bill.Replies + replies,
            TokensIn = BudgetSpend.Raised(bill.TokensIn, usage.In),
            TokensOut = BudgetSpend.Raised(bill.TokensOut, usage.Out),
            TokensCached = BudgetSpend.Raised(bill.TokensCached, usage.Cached),
            Cost = bill.Cost + Math.Max(0, cost),
            CostAssumed = bill.CostAssumed + (assumed ? Math.Max(0, cost) : 0),
        };
        return at < bills.Length ? bills.SetItem(at, bill) : bills.Add(bill);
    }

    private bool IsOf(ModelRequested request) =>
        Agent == request.Agent && Model == request.Model && Tier == request.Tier && Cause == request.Cause;
}
