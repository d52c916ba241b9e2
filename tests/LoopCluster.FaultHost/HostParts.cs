using LoopCluster.Cli.Composition;
using LoopCluster.FaultHost.Faults;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.FaultHost;

/// <summary>
/// The product's own composition over one data directory, with a decorator in front of each port that witnesses or fails.
/// </summary>
internal sealed class HostParts : IFaultHost
{
    private readonly LoopRuntime _runtime;
    private readonly WitnessLog _witness;

    private HostParts(LoopRuntime runtime, WitnessLog witness, WritePoints points) =>
        (_runtime, _witness, Points) = (runtime, witness, points);

    public WritePoints Points { get; }

    public LoopPorts Ports => _runtime.Ports;

    public LoopStarter Starter => _runtime.Starter;

    public LocalLoopHost Host => _runtime.Host;

    ILoopHost IFaultHost.Host => Host;

    /// <summary>Takes the directory's lock, starts the reaper, and listens for other processes.</summary>
    public static async Task<HostParts> OpenAsync(HostOptions options)
    {
        var data = DataDirectory.Resolve(options.Data);
        var witness = new WitnessLog(options.Witness, options.Tell);
        var points = new WritePoints(options.KillAt);
        var runtime = await LoopRuntime.OwnAsync(data, new RuntimeOptions(ModelCatalog.Empty, [], Listening: new Listening()), services =>
            services.AddFileFaults(points, witness).AddFaultParts(options, data, witness)
        );
        await runtime.StartAsync(CancellationToken.None);
        return new HostParts(runtime, witness, points);
    }

    public Task IdleAsync() => Host.IdleAsync();

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _witness.Dispose();
    }
}
