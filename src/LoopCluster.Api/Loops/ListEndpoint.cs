using LoopCluster.Api.Auth;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary><c>GET /v1/loops?status=&amp;limit=&amp;cursor=</c>: newest first.</summary>
internal sealed class ListEndpoint(ILoopHost host)
{
    public async Task AnswerAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context, "status", "limit", "cursor");
        var query = new LoopQuery
        {
            Tenant = caller.IsOwner ? null : caller.Tenant,
            Status = QueryReader.Choice<LoopStatus>(context, "status"),
            Limit = (int)QueryReader.Number(context, "limit", 50, 1, LoopQuery.MostLoops),
            Cursor = QueryReader.Text(context, "cursor"),
        };
        var page = await host.ListAsync(query, context.RequestAborted);
        if (page.Next is { } next)
        {
            var status = QueryReader.Text(context, "status") is { } name ? $"&status={name}" : "";
            context.Response.Headers.Link = $"</v1/loops?limit={query.Limit}{status}&cursor={Uri.EscapeDataString(next)}>; rel=\"next\"";
        }

        await JsonAnswer.WriteAsync(context, new LoopList([.. page.Loops.Select(Item)], page.Next), WireJson.Default.LoopList);
    }

    private static LoopListItem Item(LoopSummary loop) =>
        new(loop.Id.Value, loop.Status, loop.Stage, loop.Attempt, loop.Turns, loop.Cost, loop.Created, loop.Updated)
        {
            WaitingFor = loop.WaitingFor,
            WaitingSince = loop.WaitingSince,
            NextTry = loop.NextTry,
            Host = loop.Host,
            Goal = loop.Goal,
            Damage = loop.Damage,
        };
}
