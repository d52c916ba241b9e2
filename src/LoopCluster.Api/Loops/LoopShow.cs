using System.Text;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>Answers with a loop as <c>loop show --json</c> tells it; <c>proof</c> is an address instead of a file.</summary>
internal sealed class LoopShow(ILoopHost host)
{
    public static string AddressOf(LoopId loop) => $"/v1/loops/{loop.Value}";

    public async Task WriteAsync(HttpContext context, LoopView view, int status = StatusCodes.Status200OK)
    {
        var log = new AttemptLog();
        await foreach (var line in host.WatchAsync(view.State.Id, 1, context.RequestAborted))
        {
            log.Add(LedgerCodec.Read(line));
            if (line.Seq >= view.State.Seq)
            {
                break;
            }
        }

        var report = LoopReport.Of(view.State, log.Attempts(view.State), loop => $"{AddressOf(loop)}/proof") with { Queued = view.Queued };
        await JsonAnswer.WriteAsync(context, Encoding.UTF8.GetBytes(report.ToJson()), status);
    }

    /// <summary>As the other one, after something was done to the loop.</summary>
    public async Task WriteAsync(HttpContext context, LoopId loop, int status = StatusCodes.Status200OK) => await WriteAsync(
        context, await host.GetAsync(loop, context.RequestAborted) ?? throw new InvalidOperationException($"loop {loop} is durable and not there"), status);
}
