using System.Text.Json;
using LoopCluster.Api.Auth;
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

        await JsonAnswer.WriteAsync(context, writer => Write(writer, page));
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? at)
    {
        if (at is { } time)
        {
            writer.WriteString(name, time);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void Write(Utf8JsonWriter writer, LoopPage page)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("loops");
        foreach (var loop in page.Loops)
        {
            writer.WriteStartObject();
            writer.WriteString("id", loop.Id.Value);
            writer.WriteString("status", JsonSerializer.SerializeToElement(loop.Status).GetString());
            writer.WriteString("stage", JsonSerializer.SerializeToElement(loop.Stage).GetString());
            writer.WriteNumber("attempt", loop.Attempt);
            writer.WriteNumber("turns", loop.Turns);
            writer.WriteNumber("cost", loop.Cost);
            writer.WriteString("created", loop.Created);
            writer.WriteString("updated", loop.Updated);
            writer.WriteString("waitingFor", loop.WaitingFor);
            WriteTime(writer, "waitingSince", loop.WaitingSince);
            WriteTime(writer, "nextTry", loop.NextTry);
            writer.WriteString("host", loop.Host);
            writer.WriteString("goal", loop.Goal);
            writer.WriteString("damage", loop.Damage);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("next", page.Next);
        writer.WriteEndObject();
    }
}
