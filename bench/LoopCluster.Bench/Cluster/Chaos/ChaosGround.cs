using LoopCluster.Bench.Cluster.Chaos.Workload;
using LoopCluster.Bench.Cluster.Hosting.Engines;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Bench.Cluster.Chaos;

/// <summary>
/// What the runs of several seeds share, since it takes long to make: the container engine with its image. Says what this machine lacks.
/// </summary>
internal sealed class ChaosGround : IAsyncDisposable
{
    public const string Image = "loopcluster/sandbox";

    private readonly DirectoryInfo? _directory;

    private ChaosGround(PrivateEngine? engine, DirectoryInfo? directory, bool hasNetwork) =>
        (Engine, _directory, HasNetwork) = (engine, directory, hasNetwork);

    /// <summary>No engine and no network namespaces: what every machine with Redis has.</summary>
    public static ChaosGround Bare { get; } = new(null, null, hasNetwork: false);

    /// <summary>Null where none can be had; then no loop runs in containers.</summary>
    public PrivateEngine? Engine { get; }

    public bool HasNetwork { get; }

    public static async Task<ChaosGround> PrepareAsync(Action<string> say)
    {
        var network = NamespaceNetwork.Missing();
        if (network is not null)
        {
            say($"chaos: no faults of links: {network}");
        }

        if (PrivateEngine.Missing() is { } missing)
        {
            say($"chaos: no loop in real containers: {missing}");
            return new ChaosGround(null, null, network is null);
        }

        var directory = Directory.CreateTempSubdirectory("loop-chaos-engine-");
        try
        {
            return new ChaosGround(
                await PrivateEngine.StartAsync(directory.FullName, Image).ConfigureAwait(false),
                directory,
                network is null
            );
        }
        catch (InfrastructureException e)
        {
            say($"chaos: no loop in real containers (one in {PlanWriter.ContainersEvery} otherwise): {e.Message}");
            directory.Delete(recursive: true);
            return new ChaosGround(null, null, network is null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Engine is not null)
        {
            await Engine.DisposeAsync().ConfigureAwait(false);
            _directory!.Delete(recursive: true);
        }
    }
}
