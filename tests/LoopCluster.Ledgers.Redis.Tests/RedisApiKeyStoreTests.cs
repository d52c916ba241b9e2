using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;

namespace LoopCluster.Ledgers.Redis.Tests;

[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class RedisApiKeyStoreTests(RedisFixture redis) : ApiKeyStoreContractTests, IDisposable
{
    private readonly string _prefix = $"keys-{Guid.NewGuid():N}";
    private readonly List<RedisDriver> _drivers = [];

    protected override IApiKeyStore Keys => (_drivers.FirstOrDefault() ?? Open()).Get<IApiKeyStore>();

    protected override ValueTask<IApiKeyStore> OpenAnotherAsync() => ValueTask.FromResult(Open().Get<IApiKeyStore>());

    public void Dispose() => _drivers.ForEach(d => d.Dispose());

    private RedisDriver Open()
    {
        var driver = new RedisDriver(redis.Server, options => options.Prefix = _prefix);
        _drivers.Add(driver);
        return driver;
    }
}
