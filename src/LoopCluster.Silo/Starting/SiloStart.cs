using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Silo.Starting;

/// <summary>Runs a node from its start to the end of its drain.</summary>
internal sealed partial class SiloStart(ILogger<SiloStart> logger)
{
    /// <summary>Done when the node was asked to stop and has; also when it was asked before it had started.</summary>
    /// <exception cref="Engine.Errors.LoopClusterException">It cannot start: why, and what to do.</exception>
    public static async Task RunAsync(WebApplication application, CancellationToken cancellationToken)
    {
        await using (application.ConfigureAwait(false))
        {
            var start = new SiloStart(application.Services.GetRequiredService<ILogger<SiloStart>>());
            if (await start.StartAsync(application, cancellationToken).ConfigureAwait(false))
            {
                await application.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> StartAsync(WebApplication application, CancellationToken cancellationToken)
    {
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            LogNotStarted(logger, e);
            var stopped = cancellationToken.IsCancellationRequested || application.Lifetime.ApplicationStopping.IsCancellationRequested;
            await LeaveAsync(application).ConfigureAwait(false);
            if (stopped)
            {
                return false;
            }

            if (StartFailure.Of(e) is { } told)
            {
                throw told;
            }

            throw;
        }
    }

    /// <summary>What has started of it says goodbye: a member that only vanished would have to be found dead by the others.</summary>
    private async Task LeaveAsync(WebApplication application)
    {
        try
        {
            await application.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogNotLeft(logger, e);
        }
    }
}
