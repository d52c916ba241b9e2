using System.Text;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Hosting.Reports;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>Answers with a loop as <c>loop show --json</c> tells it; <c>proof</c> is an address instead of a file.</summary>
internal sealed class LoopShow(ILoopHost host)
{
    public static string AddressOf(LoopId loop) => $"/v1/loops/{loop.Value}";

    public async Task WriteAsync(HttpContext context, LoopView view, int status = StatusCodes.Status200OK)
    {
        var log = await AttemptLog.ReadAsync(host, view.State, context.RequestAborted);
        var report = LoopReport.Of(view.State, log, loop => $"{AddressOf(loop)}/proof") with { Queued = view.Queued };
        await JsonAnswer.WriteAsync(context, Encoding.UTF8.GetBytes(report.ToJson()), status);
    }

    /// <summary>As the other one, after something was done to the loop.</summary>
    public async Task WriteAsync(HttpContext context, LoopId loop, int status = StatusCodes.Status200OK) => await WriteAsync(
        context, await host.GetAsync(loop, context.RequestAborted) ?? throw new InvalidOperationException($"loop {loop} is durable and not there"), status);
}
