using LoopCluster.Engine.Errors;
using LoopCluster.Sandboxes.Containers;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Sandboxes;

/// <summary>Reaps at start-up and from time to time. Without an engine there is nothing to reap, and that is no fault here.</summary>
internal sealed partial class SandboxReaper(
    ContainerSandbox sandbox,
    IEnumerable<IContainerDriver> drivers,
    TimeProvider time,
    ILogger<SandboxReaper> logger
) : BackgroundService
{
    private readonly ILogger _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the starter's thread: looking for an engine must not delay a host's start.
        await Task.Yield();
        using var timer = new PeriodicTimer(drivers.First().Options.ReapEvery, time);
        try
        {
            do
            {
                try
                {
                    await sandbox.ReapAsync(stoppingToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is InfrastructureException or IOException or UnauthorizedAccessException)
                {
                    LogNotReaped(_logger, e);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    [LoggerMessage(5010, LogLevel.Debug, "Leftover containers could not be looked for")]
    private static partial void LogNotReaped(ILogger logger, Exception fault);
}
