using LoopCluster.Cli.Composition;
using LoopCluster.Cli.Sessions;
using LoopCluster.Client;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Hosts;

namespace LoopCluster.FunctionalTests.Hosts;

/// <summary>The same loops as another process sees them: reads from the files, everything else over the socket.</summary>
public sealed class SocketHostTests : LoopHostFunctionalTests
{
    protected override async ValueTask<IRunningHost> OpenAsync(HostSetup setup)
    {
        var runtime = await LocalHostTests.OwnAsync(setup, new Listening());
        var client = await Holder.TryConnectAsync(DirectorySocket.To(setup.Directory), CancellationToken.None);
        return new RunningHost(runtime, client.ShouldNotBeNull());
    }

    private sealed class RunningHost(LoopRuntime runtime, Holder client) : IRunningHost
    {
        public ILoopHost Host { get; } =
            new HolderHost(runtime.Ports.Ledger, runtime.Ports.Records, client, TimeProvider.System) { Artifacts = runtime.Artifacts };

        public IBlobStore Blobs => runtime.Ports.Blobs;

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await runtime.Parked.DisposeAsync();
            await runtime.DisposeAsync();
        }
    }
}
