using LoopCluster.Api.Auth;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Api.Loops;

/// <summary>The only way from a loop's id in a request to the loop: another tenant's looks like none.</summary>
internal sealed partial class TenantLoops(ILoopHost host, TimeProvider time, ILogger<TenantLoops> logger)
{
    /// <summary>
    /// Finding nothing takes a multiple of this long, so that a stranger cannot tell a loop that had to be read from one that is not there.
    /// </summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(25);

    /// <exception cref="BadInputException"><c>unknown-loop</c>.</exception>
    /// <exception cref="LedgerCorruptException">The caller's loop is damaged.</exception>
    public async ValueTask<LoopShown> GetAsync(HttpContext context, Caller caller)
    {
        var began = time.GetTimestamp();
        var text = context.Request.RouteValues["id"] as string;
        // Whose it is comes first: what is wrong with a loop is told to nobody else.
        if (
            LoopId.TryParse(text, out var id)
            && await IsOwnAsync(id, caller, context.RequestAborted)
            && await host.FindAsync(id, context.RequestAborted) is { } loop
            && caller.MaySee(loop.Record.Summary.Tenant)
        )
        {
            return loop;
        }

        var spent = time.GetElapsedTime(began);
        await Task.Delay(Step - TimeSpan.FromTicks(spent.Ticks % Step.Ticks), time, context.RequestAborted);
        throw new BadInputException("unknown-loop", "id", "there is no such loop; GET /v1/loops lists yours");
    }

    private async ValueTask<bool> IsOwnAsync(LoopId loop, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return caller.MaySee(await host.FindTenantAsync(loop, cancellationToken));
        }
        catch (LedgerCorruptException e)
        {
            // Nobody can show that it is theirs any more.
            LogNobodys(logger, e, loop.Value);
            return false;
        }
    }
}
