using System.Globalization;
using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Errors;
using LoopCluster.TestKit.Ledger;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>With <c>WaitReplicas</c> an acknowledged entry is on the replica.</summary>
[Trait("Category", "Redis")]
public sealed class ReplicationTests
{
    [SkippableFact]
    public async Task Append_WaitingForAReplica_IsThereWhenAcknowledged()
    {
        await using var master = await TestRedis.StartDurableAsync("--repl-diskless-sync-delay", "0");
        await using var replica = await FollowAsync(master);
        await using var driver = new RedisDriver(master, o => o.WaitReplicas = 1);
        await driver.Startup.CheckAsync(default);
        var loop = new LedgerEntryBuilder("loop-1");
        for (var i = 1; i <= 30; i++)
        {
            await driver.Ledger.AppendAsync(loop.Next(), default);
            (await replica.CommandAsync("LLEN", "loopcluster:loop:{loop-1}:log")).ShouldBe(i.ToString(CultureInfo.InvariantCulture));
        }

        var blob = await driver.Blobs.PutAsync(new byte[9], default);
        (await replica.CommandAsync("LLEN", $"loopcluster:blob:{{{blob.Hash}}}")).ShouldBe("1");
    }

    [SkippableFact]
    public async Task Append_ManyLoops_ShareTheWaits()
    {
        await using var master = await TestRedis.StartAsync("--repl-diskless-sync-delay", "0");
        await using var replica = await FollowAsync(master);
        await using var driver = new RedisDriver(master, o => o.WaitReplicas = 1);
        await driver.Startup.CheckAsync(default);
        await master.CommandAsync("CONFIG", "RESETSTAT");
        await Task.WhenAll(
            Enumerable.Range(0, 300).Select(i => driver.Ledger.AppendAsync(new LedgerEntryBuilder($"loop-{i}").Next(), default).AsTask())
        );

        var stats = await master.CommandAsync("INFO", "commandstats");
        int.Parse(stats.Split("cmdstat_wait:calls=")[1].Split(',')[0], CultureInfo.InvariantCulture).ShouldBeLessThan(60);
    }

    [SkippableFact]
    public async Task Append_ReplicaThatStopped_IsNotAcknowledgedAndCanBeRepeated()
    {
        await using var master = await TestRedis.StartAsync("--repl-diskless-sync-delay", "0");
        await using var replica = await FollowAsync(master);
        await using var patient = new RedisDriver(master, o => o.WaitReplicas = 1);
        await using var driver = new RedisDriver(master, o =>
            (o.WaitReplicas, o.WaitTimeout, o.RetryFor) = (1, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300))
        );
        var loop = new LedgerEntryBuilder("loop-1");
        await patient.Ledger.AppendAsync(loop.Next(), default);
        replica.Pause();
        var line = loop.Next();

        (
            await Should.ThrowAsync<InfrastructureException>(async () => await driver.Ledger.AppendAsync(line, default))
        ).Message.ShouldContain("fewer than 1 replicas");
        replica.Continue();
        await patient.Ledger.AppendAsync(line, default);
        (await replica.CommandAsync("LLEN", "loopcluster:loop:{loop-1}:log")).ShouldBe("2");
    }

    private static async Task<RedisServer> FollowAsync(RedisServer master)
    {
        var replica = await TestRedis.StartAsync("--replicaof", $"127.0.0.1 {master.Port}");
        while (!(await master.CommandAsync("INFO", "replication")).Contains("state=online", StringComparison.Ordinal))
        {
            await Task.Delay(10);
        }

        return replica;
    }
}
