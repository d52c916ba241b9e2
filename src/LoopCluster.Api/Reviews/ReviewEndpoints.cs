using LoopCluster.Api.Auth;
using LoopCluster.Api.Loops;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Runtime.Reviews;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Reviews;

/// <summary><c>/v1/reviews</c> and <c>/v1/gates</c>: what people say of verified loops, and what gates are worth.</summary>
internal sealed class ReviewEndpoints(LoopReviews reviews, TenantLoops loops)
{
    public const int UsualLoops = 1000;

    public async Task ListAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context, "state", "limit");
        bool? isOpen = (QueryReader.Choice<ReviewState>(context, "state") ?? ReviewState.Open) switch
        {
            ReviewState.Open => true,
            ReviewState.Done => false,
            _ => null,
        };
        var found = await reviews.ListAsync(TenantOf(caller), isOpen, LimitOf(context), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, new ReviewList([.. found.Select(ReviewItems.Of)]), WireJson.Default.ReviewList);
    }

    public async Task AnswerAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var loop = await loops.GetAsync(context, caller);
        var body = await RequestBody.ReadAsync(context, WireJson.Default.ReviewRequest);
        var reviewed = await reviews.AnswerAsync(loop.Record, body.Verdict, body.Reason, caller.By, context.RequestAborted);
        await JsonAnswer.WriteAsync(context, ReviewItems.Of(reviewed), WireJson.Default.ReviewItem);
    }

    public async Task GatesAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context, "limit");
        var gates = await reviews.GatesAsync(TenantOf(caller), LimitOf(context), context.RequestAborted);
        await JsonAnswer.WriteAsync(context, new GateList(gates), WireJson.Default.GateList);
    }

    private static string? TenantOf(Caller caller) => caller.IsOwner ? null : caller.Tenant;

    private static int LimitOf(HttpContext context) => (int)QueryReader.Number(context, "limit", UsualLoops, 1, LoopReviews.MostLoops);
}
