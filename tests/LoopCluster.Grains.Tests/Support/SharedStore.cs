using LoopCluster.Ledgers.File;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Runtime.Budgets;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.TestKit.Ledger;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Grains.Tests.Support;

/// <summary>What all silos share: ledger, blobs, audit log and the deployment's key.</summary>
internal sealed class SharedStore(ServiceProvider services, ProofKey key) : IAsyncDisposable
{
    public ILoopLedger Ledger { get; } = services.GetRequiredService<ILoopLedger>();

    /// <summary>Of a data directory one process alone keeps records; these silos share it, and fold.</summary>
    public IReadModel Reads { get; } =
        services.GetRequiredService<ILoopLedger>() is FileLedger files
            ? new FoldedReadModel(files)
            : services.GetRequiredService<IReadModel>();

    /// <summary>Of files one process alone keeps accounts; these silos share them.</summary>
    public IAccountStore Accounts { get; } = services.GetService<IAccountStore>() ?? new MemoryAccountStore();

    public IBlobStore Blobs { get; } = services.GetRequiredService<IBlobStore>();

    public IAuditLog Audit { get; } = services.GetRequiredService<IAuditLog>();

    public ProofKey Key => key;

    /// <summary>API keys of the deployment; only where the store keeps them.</summary>
    public IApiKeyStore Keys => services.GetRequiredService<IApiKeyStore>();

    /// <summary>First part of every key; only in Redis.</summary>
    public string Prefix { get; private init; } = "";

    public IEnumerable<IReadinessCheck> Checks => services.GetServices<IReadinessCheck>();

    /// <summary>Files of one directory, through one instance.</summary>
    public static SharedStore OnFiles(string directory) =>
        Create(directory, services => services.AddFileLedger(options => options.Directory = directory));

    /// <summary>A Redis server, under a prefix of its own for each directory.</summary>
    public static SharedStore OnRedis(string server, string directory)
    {
        var prefix = Path.GetFileName(Path.GetDirectoryName(directory)!);
        return Create(
            directory,
            services =>
                services.AddRedisLedger(options =>
                    (options.Configuration, options.AllowNoPassword, options.Prefix) = (server, true, prefix)
                ),
            prefix
        );
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private static SharedStore Create(string directory, Action<IServiceCollection> add, string prefix = "")
    {
        Directory.CreateDirectory(directory);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging();
        add(services);
        return new SharedStore(services.BuildServiceProvider(), new ProofKey(new DataDirectory(directory).Keys)) { Prefix = prefix };
    }
}
