using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Contracts;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

[Collection(SharedRedis.Name)]
[Trait("Category", "Redis")]
public sealed class RedisAccountStoreTests(RedisFixture redis) : AccountStoreContractTests, IDisposable
{
    private readonly string _prefix = $"accounts-{Guid.NewGuid():N}";
    private readonly List<RedisDriver> _drivers = [];

    protected override IAccountStore Store => (_drivers.FirstOrDefault() ?? Open()).Get<IAccountStore>();

    protected override ValueTask<IAccountStore> OpenAnotherAsync() => ValueTask.FromResult(Open().Get<IAccountStore>());

    [SkippableTheory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("0123456789abcdef0123456789abcdef{}")]
    [InlineData("0123456789abcdef0123456789abcdef{\"spent\":[],\"open\":[{}]}")]
    public async Task Read_SomethingElseIsKept_SaysWhatToDo(string text)
    {
        var store = Store;
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Server.Endpoint);
        await connection.GetDatabase().StringSetAsync($"{_prefix}:account:{{odd}}", text);

        var error = await Should.ThrowAsync<InfrastructureException>(() => store.ReadAsync("odd", default).AsTask());

        error.Code.ShouldBe("budget-unavailable");
        error.Message.ShouldContain("delete the key");
    }

    public void Dispose() => _drivers.ForEach(d => d.Dispose());

    private RedisDriver Open()
    {
        var driver = new RedisDriver(redis.Server, options => options.Prefix = _prefix);
        _drivers.Add(driver);
        return driver;
    }
}
