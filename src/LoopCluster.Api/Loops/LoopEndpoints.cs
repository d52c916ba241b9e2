using System.Text;
using System.Text.Json;
using LoopCluster.Api.Auth;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>One loop: how it stands, what it made, and a new one from the middle of it.</summary>
internal sealed class LoopEndpoints(ILoopHost host, TenantLoops loops, NewLoops made, ProofKey key)
{
    public async Task ShowAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        await LoopShow.WriteAsync(context, await loops.GetAsync(context, caller));
    }

    public async Task DiffAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var loop = await loops.GetAsync(context, caller);
        var patch = await host.DiffAsync(loop.Id, context.RequestAborted) ?? throw new InvalidOperationException($"loop {loop.Id} has a state and no diff");
        await JsonAnswer.WriteAsync(context, patch, type: "text/x-patch");
    }

    public async Task ProofAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var loop = await loops.GetAsync(context, caller);
        var proof = await host.ReadProofAsync(loop.Id, context.RequestAborted)
            ?? throw new BadInputException("no-proof", "id", $"the loop is {JsonSerializer.SerializeToElement(loop.Status).GetString()}, not verified: there is no proof");
        await JsonAnswer.WriteAsync(context, proof);
    }

    public async Task ProofFileAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var loop = await loops.GetAsync(context, caller);
        var content = await host.ReadProofFileAsync(loop.Id, context.Request.RouteValues["name"] as string ?? "", context.RequestAborted)
            ?? throw new BadInputException("no-proof", "name", "the loop has no proof that names this file; GET /v1/loops/{id}/proof names them");
        await JsonAnswer.WriteAsync(context, content, type: "application/octet-stream");
    }

    public async Task ProofKeyAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        await JsonAnswer.WriteAsync(context, Encoding.ASCII.GetBytes(key.PublicPem), type: "application/x-pem-file");
    }

    public async Task ForkAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        var parent = await loops.GetAsync(context, caller);
        var body = await RequestBody.ReadObjectAsync(context, "at", "budget");
        var at = RequestBody.Number(body, "at");
        BudgetLimits? budget = body.TryGetProperty("budget", out var limits) ? LoopSpecReader.ReadBudget(limits, "budget") : null;
        if (at > parent.Seq)
        {
            throw new BadInputException("unknown-entry", "at", $"the loop has no entry {at}; its last is {parent.Seq}");
        }

        await made.AnswerAsync(
            context, caller, IdempotencyKey.Of(context)?.ForkOf(parent.Id), Encoding.UTF8.GetBytes(body.GetRawText()),
            (id, hash) => host.ForkAsync(new ForkLoop(parent.Id, at, budget, id, hash), context.RequestAborted));
    }
}
