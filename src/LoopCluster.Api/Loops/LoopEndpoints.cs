using System.Text;
using System.Text.Json;
using LoopCluster.Api.Auth;
using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>One loop: how it stands, what it made, and a new one from the middle of it.</summary>
internal sealed class LoopEndpoints(ILoopHost host, TenantLoops loops, NewLoops made, ProofKey key)
{
    public const string Patch = "text/x-patch";
    public const string Pem = "application/x-pem-file";
    public const string Bytes = "application/octet-stream";

    public async Task ShowAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        await LoopShow.WriteAsync(context, await loops.GetAsync(context, caller));
    }

    public async Task DiffAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var loop = await loops.GetAsync(context, caller);
        var patch = await host.DiffAsync(loop.Id, context.RequestAborted)
            ?? throw new InvalidOperationException($"loop {loop.Id} has a state and no diff");
        await JsonAnswer.WriteAsync(context, patch, type: Patch);
    }

    public async Task ProofAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var loop = await loops.GetAsync(context, caller);
        var proof = await host.ReadProofAsync(loop.Id, context.RequestAborted)
            ?? throw new BadInputException(
                "no-proof",
                "id",
                $"the loop is {JsonSerializer.SerializeToElement(loop.Status).GetString()}, not verified: there is no proof; it has one, or a report, once it has ended"
            );
        await JsonAnswer.WriteAsync(context, proof);
    }

    public async Task ProofFileAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var loop = await loops.GetAsync(context, caller);
        var content = await host.ReadProofFileAsync(loop.Id, context.Request.RouteValues["name"] as string ?? "", context.RequestAborted)
            ?? throw new BadInputException(
                "no-proof",
                "name",
                "the loop has no proof or report that names this file; GET /v1/loops/{id}/proof names them"
            );
        await JsonAnswer.WriteAsync(context, content, type: Bytes);
    }

    public async Task ProofKeyAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        await JsonAnswer.WriteAsync(context, Encoding.ASCII.GetBytes(key.PublicPem), type: Pem);
    }

    public async Task ForkAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var parent = await loops.GetAsync(context, caller);
        var body = await RequestBody.ReadAsync(context, WireJson.Default.ForkRequest);
        var at = body.At;
        var budget = body.Budget is { } limits ? LoopSpecReader.ReadBudget(limits, "budget") : null;
        if (at > parent.Seq)
        {
            throw new BadInputException("unknown-entry", "at", $"the loop has no entry {at}; its last is {parent.Seq}");
        }

        await made.AnswerAsync(
            context,
            caller,
            IdempotencyKey.Of(context)?.ForkOf(parent.Id),
            JsonAnswer.Serialize(body, WireJson.Default.ForkRequest),
            (id, hash) => host.ForkAsync(new ForkLoop(parent.Id, at, budget, id, hash), context.RequestAborted)
        );
    }
}
