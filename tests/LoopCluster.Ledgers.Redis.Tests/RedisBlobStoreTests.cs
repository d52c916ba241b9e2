using System.Globalization;
using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Ledgers.Redis.Tests;

[Trait("Category", "Redis")]
public sealed class RedisBlobStoreTests
{
    private const int Limit = 8 << 20;

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Put_MoreThanTheLimit_SaysWhatToDoAndLeavesNothing(bool stream)
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server, o => o.MaxBlobBytes = Limit);
        var content = new byte[Limit + 1];

        var error = await Should.ThrowAsync<LoopClusterException>(async () =>
            _ = stream ? await driver.Blobs.PutAsync(new MemoryStream(content), default) : await driver.Blobs.PutAsync(content, default)
        );
        error.Code.ShouldBe("blob-too-large");
        error.Message.ShouldContain("blobs: directory");
        (await server.CommandAsync("DBSIZE")).ShouldBe("0");
        (await driver.Blobs.PutAsync(content.AsMemory(1), default)).Bytes.ShouldBe(Limit);
    }

    [SkippableTheory]
    [InlineData(700)]
    [InlineData(1_200_000)]
    public async Task Open_AlteredContent_ThrowsWithTheLastBytesAndPuttingMends(int length)
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var content = RandomNumberGenerator.GetBytes(length);
        var blob = await driver.Blobs.PutAsync(content, default);
        await server.CommandAsync("LSET", $"loopcluster:blob:{{{blob.Hash}}}", "-1", "other");

        (await Should.ThrowAsync<LoopClusterException>(() => ReadAsync(driver.Blobs, blob))).Code.ShouldBe("blob-corrupt");
        await driver.Blobs.PutAsync(content, default);
        (await ReadAsync(driver.Blobs, blob)).ShouldBe(content);
    }

    [SkippableFact]
    public async Task Put_LongBlob_ExpiresNothingOfIt()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var blob = await driver.Blobs.PutAsync(new byte[3 << 20], default);

        (await server.CommandAsync("TTL", $"loopcluster:blob:{{{blob.Hash}}}")).ShouldBe("-1");
        (await server.CommandAsync("LLEN", $"loopcluster:blob:{{{blob.Hash}}}")).ShouldBe("6");
        (await server.CommandAsync("DBSIZE")).ShouldBe("1");
    }

    [SkippableFact]
    public async Task Put_StreamThatBreaksBeyondMemory_LeavesNothing()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);

        await Should.ThrowAsync<InvalidDataException>(async () => await driver.Blobs.PutAsync(new BreakingStream(2 << 20), default));
        (await server.CommandAsync("DBSIZE")).ShouldBe("0");
    }

    [SkippableFact]
    public async Task Put_ServerStoppedMeanwhile_StoresItOnceWhole()
    {
        await using var server = await TestRedis.StartDurableAsync();
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server.Endpoint + ",asyncTimeout=300", o => o.RetryFor = TimeSpan.FromSeconds(60), logs);
        var content = RandomNumberGenerator.GetBytes(7 << 20);
        await driver.Blobs.PutAsync(new byte[1], default);
        server.Pause();
        var putting = driver.Blobs.PutAsync(content, default).AsTask();
        await logs.FirstAsync(6100);
        server.Continue();

        (await ReadAsync(driver.Blobs, await putting)).ShouldBe(content);
        (await server.CommandAsync("DBSIZE")).ShouldBe("2");
    }

    [Fact]
    public void AddRedisLedger_StoreRegisteredBefore_StaysTheStore()
    {
        var own = new OwnStore();
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton<IBlobStore>(own)
            .AddRedisLedger(o => o.AllowNoPassword = true)
            .AddRedisLedger()
            .BuildServiceProvider();

        services.GetRequiredService<IBlobStore>().ShouldBe(own);
        services.GetServices<ILoopLedger>().ShouldHaveSingleItem().ShouldBeOfType<RedisLedger>();
        services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().ShouldHaveSingleItem();
    }

    private static async Task<byte[]> ReadAsync(IBlobStore blobs, BlobRef blob)
    {
        await using var stream = (await blobs.OpenAsync(blob.Hash, default)).ShouldNotBeNull();
        var content = new byte[blob.Bytes];
        await stream.ReadExactlyAsync(content);
        (await stream.ReadAsync(new byte[1])).ShouldBe(0, blob.Bytes.ToString(CultureInfo.InvariantCulture));
        return content;
    }

    private sealed class BreakingStream(int after) : MemoryStream
    {
        private int _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _given += buffer.Length;
            return _given > after ? throw new InvalidDataException("the source broke") : new ValueTask<int>(buffer.Length);
        }
    }

    private sealed class OwnStore : IBlobStore
    {
        public ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
