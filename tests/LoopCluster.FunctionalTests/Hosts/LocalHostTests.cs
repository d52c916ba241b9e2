using LoopCluster.Cli.Composition;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Hosts;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.FunctionalTests.Hosts;

/// <summary>Loops in this process, over a data directory.</summary>
public sealed class LocalHostTests : LoopHostFunctionalTests
{
    protected override async ValueTask<IRunningHost> OpenAsync(HostSetup setup) => new RunningHost(await OwnAsync(setup));

    /// <param name="listening">When given, it is started and serves.</param>
    internal static async ValueTask<LoopRuntime> OwnAsync(HostSetup setup, Listening? listening = null)
    {
        var runtime = await LoopRuntime.OwnAsync(
            new DataDirectory(setup.Directory),
            new RuntimeOptions(setup.Models, [], Settings: setup.Settings, Listening: listening),
            services =>
            {
                services.AddSingleton(setup.Sandbox).AddSingleton(setup.Time);
                services.Configure<ParkedLoopsOptions>(options =>
                    (options.Period, options.Look) = (setup.ParkedPeriod ?? options.Period, TimeSpan.FromMilliseconds(50))
                );
                setup.Configure(services);
            }
        );
        if (listening is not null)
        {
            await runtime.StartAsync(CancellationToken.None);
        }

        if (setup.ParkedPeriod is not null)
        {
            runtime.Parked.Start();
        }

        return runtime;
    }

    private sealed class RunningHost(LoopRuntime runtime) : IRunningHost
    {
        public ILoopHost Host => runtime.Host;

        public IBlobStore Blobs => runtime.Ports.Blobs;

        public async ValueTask DisposeAsync()
        {
            await runtime.Parked.DisposeAsync();
            await runtime.Host.DisposeAsync();
            await RecordChecks.ShouldBeWhatLedgersTellAsync(runtime);
            await runtime.DisposeAsync();
        }
    }
}
