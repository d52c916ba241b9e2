using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>The user that docs/redis.md gives is enough for everything and for no key outside the prefix.</summary>
[Trait("Category", "Redis")]
public sealed class AclUserTests
{
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DocumentedUser_EveryOperation_IsAllowed(bool mayReadSettings)
    {
        await using var server = await TestRedis.StartDurableAsync();
        string[] rules = [.. DocumentedRules().Where(r => mayReadSettings || r != "+config|get")];
        (await server.CommandAsync(rules)).ShouldBe("OK");
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server.Endpoint + ",user=loopcluster,password=PASSWORD", logs: logs);

        await driver.Startup.CheckAsync(default);
        var loop = new LedgerEntryBuilder("loop-1");
        await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop, LoopStatus.Running), default);
        await driver.Ledger.AppendAsync(loop.Next(), default);
        await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop, LoopStatus.Waiting), default);
        var taken = LedgerEntryBuilder.Seal(loop.Loop, 3, 1, loop.Prev, "note-kept", "{}");
        await Should.ThrowAsync<LedgerConflictException>(async () => await driver.Ledger.AppendAsync(taken, default));
        (await driver.Ledger.ReadAsync(loop.Loop, 1, default).CountAsync()).ShouldBe(3);
        (await driver.Ledger.ListAsync(default(CancellationToken)).CountAsync()).ShouldBe(1);
        (await driver.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Waiting, Tenant = "t-1" }, default)).Loops.ShouldHaveSingleItem();
        await driver.Audit.AppendAsync(
            new AuditRecord("t-1", "loop-1", DateTimeOffset.UnixEpoch, "x", JsonSerializer.SerializeToElement(new { })),
            default
        );
        (await driver.Audit.ListTenantsAsync(default).CountAsync()).ShouldBe(1);
        foreach (var length in new[] { 10, 2 << 20 })
        {
            var blob = await driver.Blobs.PutAsync(new byte[length], default);
            await using var content = (await driver.Blobs.OpenAsync(blob.Hash, default)).ShouldNotBeNull();
            await content.CopyToAsync(Stream.Null);
        }

        var keys = driver.Get<IApiKeyStore>();
        await keys.AddAsync(new ApiKey("t-1", "lc_000000000000", new string('0', 64), DateTimeOffset.UnixEpoch), default);
        (await keys.FindAsync(new string('0', 64), default)).ShouldNotBeNull();
        (await keys.RevokeAsync("lc_000000000000", default)).ShouldBeTrue();
        (await driver.Get<IReadinessCheck>().CheckAsync(default)).ShouldBeNull();
        var denied = (await server.CommandAsync("ACL", "LOG")).Split('\n').Where(l => l.Contains('|') && !l.Contains(' ')).Distinct();
        denied.ShouldBe(mayReadSettings ? [] : ["config|get"]);
        (await server.CommandAsync("ACL", "LOG")).Split('\n').ShouldNotContain("key");
        logs.Entries.Any(e => e.Id == 6133).ShouldBe(!mayReadSettings);
    }

    [SkippableFact]
    public async Task DocumentedUser_AnotherPrefix_IsRefusedAtOnceWithTheReason()
    {
        await using var server = await TestRedis.StartDurableAsync();
        await server.CommandAsync(DocumentedRules());
        await using var driver = new RedisDriver(server.Endpoint + ",user=loopcluster,password=PASSWORD", o => o.Prefix = "other");

        var error = await Should.ThrowAsync<InfrastructureException>(() => driver.Startup.CheckAsync(default));
        error.Message.ShouldContain("docs/redis.md");
        error.Message.ShouldContain("NOPERM");
    }

    private static string[] DocumentedRules()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(directory!.FullName, "LoopCluster.sln")))
        {
            directory = directory.Parent;
        }

        return System
            .IO.File.ReadLines(Path.Combine(directory.FullName, "docs", "redis.md"))
            .First(l => l.StartsWith("ACL SETUSER", StringComparison.Ordinal))
            .Split(' ');
    }

    private static LoopSummary Summary(LoopId loop, LoopStatus status) =>
        new(loop, "t-1", status, LoopStage.Execute, 1, 2, 0.25m, DateTimeOffset.UnixEpoch)
        {
            Created = DateTimeOffset.UnixEpoch,
            Epoch = 1,
        };
}
