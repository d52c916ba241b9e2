using System.Buffers;
using System.Globalization;
using LoopCluster.Api.Auth;
using LoopCluster.Api.Loops;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Events;

/// <summary><c>GET /v1/loops/{id}/events</c>: a page of the ledger's exact lines, or a stream of them, as the header Accept asks.</summary>
internal sealed class EventsEndpoint(ILoopHost host, TenantLoops loops, EventStream stream, StreamSlots slots)
{
    public const string Sse = "text/event-stream";
    public const string Lines = "application/x-ndjson";
    public const int MostEntries = 1000;

    public async Task AnswerAsync(HttpContext context, Caller caller)
    {
        var accept = context.Request.Headers.Accept.ToString();
        context.Response.Headers.Vary = "Accept";
        if (accept.Contains(Sse, StringComparison.OrdinalIgnoreCase))
        {
            QueryReader.RequireKnown(context, "from");
            await StreamAsync(context, caller);
        }
        else
        {
            QueryReader.RequireKnown(context, "from", "limit");
            await PageAsync(context, caller, accept.Contains(Lines, StringComparison.OrdinalIgnoreCase));
        }
    }

    private async Task StreamAsync(HttpContext context, Caller caller)
    {
        var from = QueryReader.Number(context, "from", 1, 1, long.MaxValue);
        if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last)
        {
            from =
                long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq < long.MaxValue
                    ? seq + 1
                    : throw new BadInputException("query-invalid", "Last-Event-ID", "must be the id of an event that was received");
        }

        var loop = await loops.GetAsync(context, caller);
        RequireNear(loop, from);
        if (loop.Status.IsFinal() && from > loop.Seq)
        {
            // Nothing will ever follow. To a browser's EventSource this status says: do not come again.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        using var slot = slots.Take(caller);
        await stream.WriteAsync(context, loop, from);
    }

    private async Task PageAsync(HttpContext context, Caller caller, bool asLines)
    {
        var from = QueryReader.Number(context, "from", 1, 1, long.MaxValue);
        var limit = QueryReader.Number(context, "limit", 100, 1, MostEntries);
        var loop = await loops.GetAsync(context, caller);
        RequireNear(loop, from);
        var last = loop.Seq - from < limit ? loop.Seq : from + limit - 1;
        // Read before anything is answered, so that what is wrong with the loop can be the answer.
        await using var lines = host.WatchAsync(loop.Id, from, context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
        var more = from <= last && await lines.MoveNextAsync();
        if (last < loop.Seq)
        {
            context.Response.Headers.Link = string.Create(
                CultureInfo.InvariantCulture,
                $"<{LoopShow.AddressOf(loop.Id)}/events?from={last + 1}&limit={limit}>; rel=\"next\""
            );
        }

        context.Response.ContentType = asLines ? Lines : RequestBody.Json;
        context.Response.Headers.CacheControl = "no-store";
        await WritePageAsync(context, lines, more, last, asLines);
    }

    private static async Task WritePageAsync(HttpContext context, IAsyncEnumerator<LedgerLine> lines, bool more, long last, bool asLines)
    {
        var body = context.Response.BodyWriter;
        if (!asLines)
        {
            body.Write("["u8);
        }

        while (more)
        {
            var seq = lines.Current.Seq;
            body.Write(lines.Current.Utf8.Span);
            body.Write(
                asLines ? "\n"u8
                : seq < last ? ","u8
                : ""u8
            );
            await body.FlushAsync(context.RequestAborted);
            more = seq < last && await lines.MoveNextAsync();
        }

        if (!asLines)
        {
            body.Write("]"u8);
        }
    }

    /// <summary>
    /// The next entry may be waited for; one beyond it means that the caller and this ledger do not speak of the same loop.
    /// </summary>
    private static void RequireNear(LoopShown loop, long from)
    {
        if (from > loop.Seq + 1)
        {
            throw new BadInputException("unknown-entry", "from", $"the loop has no entry {from - 1}; its last is {loop.Seq}");
        }
    }
}
