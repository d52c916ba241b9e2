using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;

namespace LoopCluster.Ledgers.Redis.Tests;

[Collection(SharedRedisCluster.Name)]
[Trait("Category", "Redis")]
public sealed class RedisClusterLedgerTests(RedisClusterFixture cluster) : LoopLedgerContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override ILoopLedger Ledger => (_driver ??= new RedisDriver(cluster.Endpoints)).Ledger;

    protected override IAuditLog Audit => _driver!.Audit;

    public void Dispose() => _driver?.Dispose();

    [SkippableFact]
    public async Task Check_EveryMaster_IsLookedAt()
    {
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(cluster.Endpoints, logs: logs);
        await driver.Startup.CheckAsync(default);

        logs.Entries.Count(e => e.Id == 6130).ShouldBe(3);
    }

    [SkippableFact]
    public async Task Append_ManyLoops_SpreadOverTheMasters()
    {
        await Append_ManyLoopsAtOnce_KeepsEachChain();

        foreach (var server in cluster.Servers)
        {
            (await server.CommandAsync("DBSIZE")).ShouldNotBe("0");
        }
    }

    protected override ValueTask<ILoopLedger> ReopenAsync()
    {
        _driver!.Dispose();
        return ValueTask.FromResult((_driver = new RedisDriver(cluster.Endpoints)).Ledger);
    }
}

[Collection(SharedRedisCluster.Name)]
[Trait("Category", "Redis")]
public sealed class RedisClusterIndexTests(RedisClusterFixture cluster) : AppendedReadModelContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override ILoopLedger Ledger => Driver.Ledger;

    protected override IReadModel Reads => Driver.Reads;

    private RedisDriver Driver => (_driver ??= new RedisDriver(cluster.Endpoints));

    public void Dispose() => _driver?.Dispose();
}

[Collection(SharedRedisCluster.Name)]
[Trait("Category", "Redis")]
public sealed class RedisClusterAuditLogTests(RedisClusterFixture cluster) : AuditLogContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override IAuditLog Audit => (_driver ??= new RedisDriver(cluster.Endpoints)).Audit;

    public void Dispose() => _driver?.Dispose();

    protected override ValueTask<IAuditLog> ReopenAsync()
    {
        _driver!.Dispose();
        return ValueTask.FromResult((_driver = new RedisDriver(cluster.Endpoints)).Audit);
    }
}

[Collection(SharedRedisCluster.Name)]
[Trait("Category", "Redis")]
public sealed class RedisClusterBlobStoreTests(RedisClusterFixture cluster) : BlobStoreContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override IBlobStore Blobs => (_driver ??= new RedisDriver(cluster.Endpoints)).Blobs;

    public void Dispose() => _driver?.Dispose();

    protected override ValueTask<IBlobStore> ReopenAsync()
    {
        _driver!.Dispose();
        return ValueTask.FromResult((_driver = new RedisDriver(cluster.Endpoints)).Blobs);
    }
}
