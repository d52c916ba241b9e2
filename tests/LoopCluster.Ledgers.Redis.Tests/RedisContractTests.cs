using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;

namespace LoopCluster.Ledgers.Redis.Tests;

[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class RedisLedgerContractTests(RedisFixture redis) : LoopLedgerContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override ILoopLedger Ledger => (_driver ??= new RedisDriver(redis.Server)).Ledger;

    protected override IAuditLog Audit => _driver!.Audit;

    public void Dispose() => _driver?.Dispose();

    protected override ValueTask<ILoopLedger> ReopenAsync()
    {
        _driver!.Dispose();
        return ValueTask.FromResult((_driver = new RedisDriver(redis.Server)).Ledger);
    }
}

/// <summary>The same with pages so small that every read takes several.</summary>
[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class RedisLedgerSmallPagesContractTests(RedisFixture redis) : LoopLedgerContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override ILoopLedger Ledger => (_driver ??= new RedisDriver(redis.Server, o => o.PageSize = 3)).Ledger;

    protected override IAuditLog Audit => _driver!.Audit;

    public void Dispose() => _driver?.Dispose();

    protected override ValueTask<ILoopLedger> ReopenAsync()
    {
        _driver!.Dispose();
        return ValueTask.FromResult((_driver = new RedisDriver(redis.Server, o => o.PageSize = 2)).Ledger);
    }
}

[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class RedisAuditLogContractTests(RedisFixture redis) : AuditLogContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override IAuditLog Audit => (_driver ??= new RedisDriver(redis.Server)).Audit;

    public void Dispose() => _driver?.Dispose();

    protected override ValueTask<IAuditLog> ReopenAsync()
    {
        _driver!.Dispose();
        return ValueTask.FromResult((_driver = new RedisDriver(redis.Server)).Audit);
    }
}

[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class RedisBlobStoreContractTests(RedisFixture redis) : BlobStoreContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override IBlobStore Blobs => (_driver ??= new RedisDriver(redis.Server)).Blobs;

    public void Dispose() => _driver?.Dispose();

    protected override ValueTask<IBlobStore> ReopenAsync()
    {
        _driver!.Dispose();
        return ValueTask.FromResult((_driver = new RedisDriver(redis.Server)).Blobs);
    }
}

[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class RedisIndexContractTests(RedisFixture redis) : AppendedReadModelContractTests, IDisposable
{
    private RedisDriver? _driver;

    protected override ILoopLedger Ledger => Driver.Ledger;

    protected override IReadModel Reads => Driver.Reads;

    private RedisDriver Driver => (_driver ??= new RedisDriver(redis.Server));

    public void Dispose() => _driver?.Dispose();
}
