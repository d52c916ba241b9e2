using LoopCluster.Cli.Composition;
using LoopCluster.Ledgers.File;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Socket;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Hosts;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.FunctionalTests.Hosts;

/// <summary>The same loops as another process sees them: reads from the files, everything else over the socket.</summary>
public sealed class SocketHostTests : LoopHostFunctionalTests
{
    protected override async ValueTask<IRunningHost> OpenAsync(HostSetup setup)
    {
        var runtime = await LocalHostTests.OwnAsync(setup);
        var socket = HostSocket.Listen(setup.Directory, runtime.Host, runtime.Starter, NullLogger<HostSocket>.Instance);
        var client = await HostSocketClient.TryConnectAsync(setup.Directory, CancellationToken.None);
        return new RunningHost(runtime, socket, client.ShouldNotBeNull(), setup);
    }

    private sealed class RunningHost(LoopRuntime runtime, HostSocket socket, HostSocketClient client, HostSetup setup) : IRunningHost
    {
        public ILoopHost Host { get; } = new RemoteLoopHost(new FileLedgerReader(setup.Directory), client, TimeProvider.System) { Artifacts = runtime.Artifacts };

        public async ValueTask DisposeAsync()
        {
            await client.DisposeAsync();
            await runtime.Parked.DisposeAsync();
            await runtime.Host.DisposeAsync();
            await socket.DisposeAsync();
            await runtime.DisposeAsync();
        }
    }
}
