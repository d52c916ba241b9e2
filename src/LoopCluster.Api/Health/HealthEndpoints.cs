using LoopCluster.Api.Hosting;
using LoopCluster.Api.Loops;
using LoopCluster.Client;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LoopCluster.Api.Health;

/// <summary>
/// <c>/healthz</c>: this process answers; nothing else is asked, so that a broken ledger does not get every process restarted.
/// <c>/readyz</c>: it should be sent work, or else which check failed.
/// </summary>
internal sealed partial class HealthEndpoints(
    IEnumerable<IReadinessCheck> checks,
    ApiDrain drain,
    IOptions<ApiOptions> options,
    TimeProvider time,
    ILogger<HealthEndpoints> logger
)
{
    /// <summary>Anybody may ask, and a check may cost a write to disk: however many ask, it is paid this often.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    private readonly IReadinessCheck[] _checks = [.. checks];
    private readonly Lock _asking = new();
    private Task<(string Name, string? Fault)[]>? _asked;
    private long _askedAt;

    public static Task AliveAsync(HttpContext context) =>
        JsonAnswer.WriteAsync(context, new LifeReport("alive"), WireJson.Default.LifeReport);

    public async Task ReadyAsync(HttpContext context)
    {
        var found = await AskAllAsync().WaitAsync(context.RequestAborted);
        (string Name, string? Fault)[] all = [.. found, ("draining", drain.HasBegun ? "draining" : null)];
        var ready = all.All(f => f.Fault is null);
        var report = new ReadinessReport(
            ready ? "ready" : "not-ready",
            [.. all.Select(f => new ReadinessItem(f.Name, f.Fault is null, f.Fault))]
        );
        await JsonAnswer.WriteAsync(
            context,
            report,
            WireJson.Default.ReadinessReport,
            ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable
        );
    }

    private Task<(string Name, string? Fault)[]> AskAllAsync()
    {
        lock (_asking)
        {
            if (_asked is not { } asked || (asked.IsCompleted && time.GetElapsedTime(_askedAt) > Fresh))
            {
                _asked = Task.WhenAll(_checks.Select(AskAsync));
                _askedAt = time.GetTimestamp();
            }

            return _asked;
        }
    }

    private async Task<(string Name, string? Fault)> AskAsync(IReadinessCheck check)
    {
        using var limit = new CancellationTokenSource(options.Value.ReadinessTimeout, time);
        try
        {
            // A check that looks at no token, or blocks its thread, does not hold up the answer either.
            return (check.Name, await Task.Run(() => check.CheckAsync(limit.Token).AsTask(), limit.Token).WaitAsync(limit.Token));
        }
        catch (OperationCanceledException)
        {
            return (check.Name, "timeout");
        }
        catch (Exception error)
        {
            LogFailed(logger, error, check.Name);
            return (check.Name, error is LoopClusterException known ? known.Code : "internal-error");
        }
    }
}
