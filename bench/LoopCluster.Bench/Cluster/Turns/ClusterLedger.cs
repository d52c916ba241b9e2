using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LoopCluster.Bench.Cluster.Turns;

/// <summary>The cluster's ledger as the bench reads and fills it: by the product's driver, beside the silos.</summary>
internal sealed class ClusterLedger : IAsyncDisposable
{
    private readonly ServiceProvider _provider;

    private ClusterLedger(ServiceProvider provider) => _provider = provider;

    public ILoopLedger Ledger => _provider.GetRequiredService<ILoopLedger>();

    public IReadModel Reads => _provider.GetRequiredService<IReadModel>();

    /// <param name="keys">Directory of the deployment's key, which names the deployment.</param>
    public static async Task<ClusterLedger> ConnectAsync(RedisServer redis, string keys)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddRedisLedger(options =>
            (options.Configuration, options.AllowNoPassword, options.Deployment) = (redis.Configuration, true, new ProofKey(keys).Id)
        );
        var provider = services.BuildServiceProvider();
        foreach (var hosted in provider.GetServices<IHostedService>())
        {
            await hosted.StartAsync(CancellationToken.None);
        }

        return new ClusterLedger(provider);
    }

    /// <summary>Loops of these that still run, as their summaries say.</summary>
    public async Task<IReadOnlyList<string>> StillRunningAsync(IReadOnlyList<string> loops)
    {
        var found = await Task.WhenAll(
            loops.Select(async l => (Loop: l, Summary: await Reads.FindAsync(new LoopId(l), CancellationToken.None)))
        );
        return [.. found.Where(f => f.Summary is not { Status: not LoopStatus.Running }).Select(f => f.Loop)];
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
