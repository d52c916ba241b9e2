using LoopCluster.Api.Hosting;
using LoopCluster.Api.Loops;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api.Health;

/// <summary>
/// <c>/healthz</c>: this process answers; nothing else is asked, so that a broken ledger does not get every process restarted. <c>/readyz</c>: it
/// should be sent work, or else which check failed.
/// </summary>
internal sealed partial class HealthEndpoints(IEnumerable<IReadinessCheck> checks, ApiDrain drain, IOptions<ApiOptions> options, ILogger<HealthEndpoints> logger)
{
    private readonly IReadinessCheck[] _checks = [.. checks];

    public static Task AliveAsync(HttpContext context) => JsonAnswer.WriteAsync(context, """{"status":"alive"}"""u8.ToArray());

    public async Task ReadyAsync(HttpContext context)
    {
        var found = await Task.WhenAll(_checks.Select(check => AskAsync(check, context.RequestAborted)));
        (string Name, string? Fault)[] all = [.. found, ("draining", drain.HasBegun ? "draining" : null)];
        var ready = all.All(f => f.Fault is null);
        await JsonAnswer.WriteAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("status", ready ? "ready" : "not-ready");
            writer.WriteStartArray("checks");
            foreach (var (name, fault) in all)
            {
                writer.WriteStartObject();
                writer.WriteString("name", name);
                writer.WriteBoolean("ok", fault is null);
                writer.WriteString("code", fault);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<(string Name, string? Fault)> AskAsync(IReadinessCheck check, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.ReadinessTimeout);
        try
        {
            // A check that looks at no token, or blocks its thread, does not hold up the answer either.
            return (check.Name, await Task.Run(() => check.CheckAsync(limit.Token).AsTask(), limit.Token).WaitAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (check.Name, "timeout");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFailed(logger, error, check.Name);
            return (check.Name, error is LoopClusterException known ? known.Code : "internal-error");
        }
    }
}
