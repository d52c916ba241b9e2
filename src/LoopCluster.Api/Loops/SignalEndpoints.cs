using LoopCluster.Api.Auth;
using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary><c>POST /v1/loops/{id}/cancel|pause|resume|message|approve</c>: answered with the loop once the signal is durable.</summary>
internal sealed class SignalEndpoints(ILoopHost host, TenantLoops loops, LoopShow show)
{
    public async Task CancelAsync(HttpContext context, Caller caller)
    {
        var loop = await BeginAsync(context, caller);
        var body = await RequestBody.ReadAsync(context, WireJson.Default.CancelRequest);
        await SendAsync(context, loop.Id, new CancelSignal(IdOf(context, caller, "cancel", loop), caller.By, body.Reason ?? ""));
    }

    public async Task PauseAsync(HttpContext context, Caller caller)
    {
        var loop = await BeginAsync(context, caller);
        var body = await RequestBody.ReadAsync(context, WireJson.Default.PauseRequest);
        await SendAsync(context, loop.Id, new PauseSignal(IdOf(context, caller, "pause", loop), caller.By, body.Reason ?? ""));
    }

    public async Task ResumeAsync(HttpContext context, Caller caller)
    {
        var loop = await BeginAsync(context, caller);
        await RequestBody.ReadAsync(context, WireJson.Default.ResumeRequest);
        await SendAsync(context, loop.Id, new ResumeSignal(IdOf(context, caller, "resume", loop), caller.By));
    }

    public async Task MessageAsync(HttpContext context, Caller caller)
    {
        var loop = await BeginAsync(context, caller);
        var text = (await RequestBody.ReadAsync(context, WireJson.Default.MessageRequest)).Text;
        await SendAsync(context, loop.Id, new MessageSignal(IdOf(context, caller, "message", loop), caller.By, text));
    }

    public async Task ApproveAsync(HttpContext context, Caller caller)
    {
        var loop = await BeginAsync(context, caller);
        var body = await RequestBody.ReadAsync(context, WireJson.Default.ApproveRequest);
        await SendAsync(
            context,
            loop.Id,
            new ApprovalSignal(IdOf(context, caller, "approve", loop), caller.By, body.Seq, body.Granted, body.Reason)
        );
    }

    private async ValueTask<LoopShown> BeginAsync(HttpContext context, Caller caller)
    {
        QueryReader.RequireKnown(context);
        return await loops.GetAsync(context, caller);
    }

    private async Task SendAsync(HttpContext context, LoopId loop, LoopSignal signal)
    {
        await host.SignalAsync(loop, signal, context.RequestAborted);
        await show.WriteAsync(context, loop);
    }

    /// <summary>The owner's keys are the ids: nobody else's can meet them.</summary>
    private static string IdOf(HttpContext context, Caller caller, string kind, LoopShown loop) =>
        IdempotencyKey.Of(context) is not { } key ? Guid.NewGuid().ToString("n")
        : caller.IsOwner ? key.Value
        : key.SignalOf(kind, loop.Id);
}
