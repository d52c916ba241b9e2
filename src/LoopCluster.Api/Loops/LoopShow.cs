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

    public static async Task WriteAsync(HttpContext context, LoopShown loop, int status = StatusCodes.Status200OK)
    {
        var report = loop.Record.Show(id => $"{AddressOf(id)}/proof");
        await JsonAnswer.WriteAsync(context, Encoding.UTF8.GetBytes(report.ToJson()), status);
    }

    /// <summary>As the other one, after something was done to the loop.</summary>
    public async Task WriteAsync(HttpContext context, LoopId loop, int status = StatusCodes.Status200OK) =>
        await WriteAsync(
            context,
            await host.FindAsync(loop, context.RequestAborted)
                ?? throw new InvalidOperationException($"loop {loop} is durable and not there"),
            status
        );
}
