using System.Text.Json;
using LoopCluster.Api.Loops;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace LoopCluster.Api.Owner;

/// <summary>
/// What only the owner of the data directory may ask: loops of specs that name this machine's files, under ids of the caller's choice. Such
/// an id makes it safe to ask again: <c>ledger-conflict</c> says that the loop is there.
/// </summary>
internal sealed class OwnerEndpoints(ILoopHost host, LoopStarter starter)
{
    /// <summary>
    /// A spec has at most 1 MiB of inline files and a script of 4 MiB for each of four roles; JSON escapes make some bytes two, few of them
    /// six.
    /// </summary>
    private const int MostBytes = 32 * 1024 * 1024;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.Map("/v1/owner/loops", For(StartAsync));
        endpoints.Map("/v1/owner/loops/{id}/fork", For(ForkAsync));
        endpoints.Map("/v1/owner/loops/{id}/resume", For(ResumeAsync));
    }

    private static RequestDelegate For(RequestDelegate endpoint) =>
        context =>
        {
            if (!OwnerConnection.Is(context) || !HttpMethods.IsPost(context.Request.Method))
            {
                // Told as an address that is not there.
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostBytes;
            return endpoint(context);
        };

    /// <summary>The body is a spec as the ledger writes it: normalised, paths absolute.</summary>
    private async Task StartAsync(HttpContext context)
    {
        QueryReader.RequireKnown(context, "tenant", "id", "hash");
        RequestBody.RequireType(context, RequestBody.Json);
        var tenant = QueryReader.Text(context, "tenant") ?? throw new BadInputException("query-invalid", "tenant", "is missing");
        var id = QueryReader.Text(context, "id") is { } text ? IdOf(text) : (LoopId?)null;
        var spec = Read(await RequestBody.ReadAsync(context));
        await AnswerAsync(
            context,
            await host.StartAsync(new StartLoop(tenant, spec, id, QueryReader.Text(context, "hash")), context.RequestAborted)
        );
    }

    private async Task ForkAsync(HttpContext context)
    {
        QueryReader.RequireKnown(context, "id", "hash");
        var body = await RequestBody.ReadAsync(context, WireJson.Default.OwnerForkRequest);
        var id = QueryReader.Text(context, "id") is { } text ? IdOf(text) : (LoopId?)null;
        var fork = new ForkLoop(ParentOf(context), body.At, body.Budget, id, QueryReader.Text(context, "hash"));
        await AnswerAsync(
            context,
            body.Run ? await host.ForkAsync(fork, context.RequestAborted) : (await starter.ForkAsync(fork, context.RequestAborted)).Id
        );
    }

    /// <summary>Unlike the signal, nothing for a loop that has ended.</summary>
    private async Task ResumeAsync(HttpContext context)
    {
        QueryReader.RequireKnown(context);
        var loop = ParentOf(context);
        await host.ResumeAsync(loop, context.RequestAborted);
        await AnswerAsync(context, loop);
    }

    private static Task AnswerAsync(HttpContext context, LoopId loop) =>
        JsonAnswer.WriteAsync(context, new LoopName(loop.Value), WireJson.Default.LoopName);

    private static LoopSpec Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, EngineJson.Default.LoopSpec) ?? throw new JsonException("it is null");
        }
        catch (JsonException fault)
        {
            throw new BadInputException("request-invalid", "", $"the body is no spec as the ledger writes it: {fault.Message}");
        }
    }

    private static LoopId ParentOf(HttpContext context) => IdOf(context.Request.RouteValues["id"] as string ?? "");

    private static LoopId IdOf(string text) =>
        LoopId.TryParse(text, out var id) ? id : throw new BadInputException("request-invalid", "id", "is no loop id");
}
