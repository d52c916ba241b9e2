using LoopCluster.Api.Hosting;
using LoopCluster.Runtime.Hosting;
using Microsoft.Extensions.Hosting;

namespace LoopCluster.Cli.Composition;

/// <summary>
/// The order of an end: seen to be not ready, asked for nothing new, then parked, and answering until then. Nobody listens any more
/// afterwards, and whoever followed a loop here takes the directory over.
/// </summary>
internal sealed class LoopParking(LocalLoopHost host, ApiDrain drain) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Begin();
        await host.DisposeAsync().ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
