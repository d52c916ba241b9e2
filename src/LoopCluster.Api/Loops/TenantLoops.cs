using LoopCluster.Api.Auth;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>The only way from a loop's id in a request to the loop: another tenant's looks like none.</summary>
internal sealed class TenantLoops(ILoopHost host, TimeProvider time)
{
    /// <summary>Finding nothing takes a multiple of this long, so that a stranger cannot tell a loop that had to be read from one that is not there.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromMilliseconds(25);

    /// <exception cref="BadInputException"><c>unknown-loop</c>.</exception>
    public async ValueTask<LoopView> GetAsync(HttpContext context, Caller caller)
    {
        var began = time.GetTimestamp();
        var text = context.Request.RouteValues["id"] as string;
        if (LoopId.TryParse(text, out var id) && await host.GetAsync(id, context.RequestAborted) is { } view && view.State.Created.Tenant == caller.Tenant)
        {
            return view;
        }

        var spent = time.GetElapsedTime(began);
        await Task.Delay(Grain - TimeSpan.FromTicks(spent.Ticks % Grain.Ticks), time, context.RequestAborted);
        throw new BadInputException("unknown-loop", "id", "there is no such loop; GET /v1/loops lists yours");
    }
}
