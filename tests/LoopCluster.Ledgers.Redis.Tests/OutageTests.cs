using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>A Redis that is absent, stopped, restarted, full or emptied.</summary>
[Trait("Category", "Redis")]
public sealed class OutageTests
{
    private const int AskedAgain = 6100;

    [SkippableFact]
    public async Task Append_NoServer_IsUnavailableAndSaysWhere()
    {
        TestRedis.Require();
        await using var driver = new RedisDriver("127.0.0.1:1,connectTimeout=200,password=s3cret", o =>
            o.RetryFor = TimeSpan.FromMilliseconds(300)
        );

        var error = await Should.ThrowAsync<InfrastructureException>(async () =>
            await driver.Ledger.AppendAsync(NewLoop().Next(), default)
        );
        error.Code.ShouldBe("ledger-unavailable");
        error.Message.ShouldContain("127.0.0.1:1");
        error.Message.ShouldNotContain("s3cret");
    }

    [SkippableFact]
    public async Task Append_ServerThatComesLater_Succeeds()
    {
        await using var server = await TestRedis.StartAsync();
        server.Kill();
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server, logs: logs);
        var loop = NewLoop();
        var appending = driver.Ledger.AppendAsync(loop.Next(), default).AsTask();
        await logs.FirstAsync(AskedAgain);
        await server.StartAgainAsync();

        await appending;
        (await driver.Ledger.ReadHeadAsync(loop.Loop, default))!.Value.Seq.ShouldBe(1);
    }

    [SkippableFact]
    public async Task Append_ServerKilledAndRestartedMeanwhile_LosesAndRepeatsNothing()
    {
        await using var server = await TestRedis.StartDurableAsync();
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server, logs: logs);
        var loops = Enumerable.Range(0, 40).Select(_ => NewLoop()).ToArray();
        using var stop = new CancellationTokenSource();
        var appending = loops
            .Select(loop =>
                Task.Run(async () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        await driver.Ledger.AppendAsync(loop.Next(), default);
                    }
                })
            )
            .ToArray();
        for (var i = 0; i < 3; i++)
        {
            await AppendedAsync(driver.Ledger, loops, 20 * (i + 1));
            server.Kill();
            await server.StartAgainAsync();
        }

        await AppendedAsync(driver.Ledger, loops, 80);
        await stop.CancelAsync();
        await Task.WhenAll(appending);
        logs.Entries.ShouldContain(e => e.Id == AskedAgain);
        foreach (var loop in loops)
        {
            (await CountAsync(driver.Ledger, loop)).ShouldBe(loop.Seq);
        }
    }

    [SkippableFact]
    public async Task Append_ServerStoppedLongerThanTheTimeout_OutcomeIsAskedForUntilKnown()
    {
        await using var server = await TestRedis.StartDurableAsync();
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server.Endpoint + ",asyncTimeout=400", o => o.RetryFor = TimeSpan.FromSeconds(60), logs);
        var loop = NewLoop();
        await driver.Ledger.AppendAsync(loop.Next(), default);
        server.Pause();
        var appending = driver.Ledger.AppendAsync(loop.Next(), default).AsTask();
        await logs.FirstAsync(AskedAgain);
        appending.IsCompleted.ShouldBeFalse();
        server.Continue();

        await appending;
        (await CountAsync(driver.Ledger, loop)).ShouldBe(2);
    }

    [SkippableFact]
    public async Task Append_GivenUpWhileStopped_LandsOrNotButNeverBesideAClaim()
    {
        await using var server = await TestRedis.StartDurableAsync();
        await using var owner = new RedisDriver(server.Endpoint + ",asyncTimeout=300", o => o.RetryFor = TimeSpan.FromMilliseconds(100));
        await using var claimant = new RedisDriver(server);
        var loop = NewLoop();
        await owner.Ledger.AppendAsync(loop.Next(), default);
        server.Pause();
        var given = loop.Next();
        (await Should.ThrowAsync<InfrastructureException>(async () => await owner.Ledger.AppendAsync(given, default))).Code.ShouldBe(
            "ledger-unavailable"
        );
        server.Continue();

        var head = await ClaimAsync(claimant.Ledger, loop);
        head.Epoch.ShouldBe(2);
        if (head.Seq == 2)
        {
            await Should.ThrowAsync<LedgerConflictException>(async () => await owner.Ledger.AppendAsync(given, default));
        }
        else
        {
            await owner.Ledger.AppendAsync(given, default);
        }

        await Should.ThrowAsync<LedgerConflictException>(async () => await owner.Ledger.AppendAsync(loop.Next(), default));
        (await CountAsync(claimant.Ledger, loop)).ShouldBe(head.Seq);
    }

    [SkippableFact]
    public async Task Append_OutOfMemory_SaysSoAndOthersGoOnReading()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var loop = NewLoop();
        await driver.Ledger.AppendAsync(loop.Next(), default);
        await server.CommandAsync("CONFIG", "SET", "maxmemory", "1mb");
        var refused = loop.Next();

        var error = await Should.ThrowAsync<InfrastructureException>(async () => await driver.Ledger.AppendAsync(refused, default));
        error.Code.ShouldBe("ledger-unavailable");
        error.Message.ShouldContain("maxmemory");
        (
            await Should.ThrowAsync<InfrastructureException>(async () => await driver.Blobs.PutAsync(new byte[2 << 20], default))
        ).Message.ShouldContain("maxmemory");
        (await CountAsync(driver.Ledger, loop)).ShouldBe(1);

        await server.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await driver.Ledger.AppendAsync(refused, default);
        (await CountAsync(driver.Ledger, loop)).ShouldBe(2);
    }

    [SkippableFact]
    public async Task Append_ServerThatBecameAReplica_FailsAndGoesOnWhenItIsMasterAgain()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server, o => o.RetryFor = TimeSpan.FromMilliseconds(200));
        var loop = NewLoop();
        await driver.Ledger.AppendAsync(loop.Next(), default);
        await server.CommandAsync("REPLICAOF", "127.0.0.1", "1");
        var line = loop.Next();

        var error = await Should.ThrowAsync<InfrastructureException>(async () => await driver.Ledger.AppendAsync(line, default));
        error.Code.ShouldBe("ledger-unavailable");
        await server.CommandAsync("REPLICAOF", "NO", "ONE");
        await using var later = new RedisDriver(server);
        await later.Ledger.AppendAsync(line, default);
        (await CountAsync(later.Ledger, loop)).ShouldBe(2);
    }

    [SkippableFact]
    public async Task Append_ManyWaitingForAServer_WarnOnce()
    {
        await using var server = await TestRedis.StartDurableAsync();
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server, logs: logs);
        await driver.Ledger.AppendAsync(NewLoop().Next(), default);
        server.Kill();
        var appending = Enumerable.Range(0, 50).Select(_ => driver.Ledger.AppendAsync(NewLoop().Next(), default).AsTask()).ToArray();
        await logs.FirstAsync(AskedAgain);
        await server.StartAgainAsync();
        await Task.WhenAll(appending);

        logs.Entries.Count(e => e.Level >= Microsoft.Extensions.Logging.LogLevel.Warning).ShouldBe(1);
        logs.Entries.ShouldContain(e => e.Id == 6102);
    }

    [SkippableFact]
    public async Task Append_ServerFlushedBehindItsBack_IsLostAndNoConflict()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var loop = NewLoop();
        foreach (var line in loop.Take(3))
        {
            await driver.Ledger.AppendAsync(line, default);
        }

        await server.CommandAsync("FLUSHALL");
        var error = await Should.ThrowAsync<InfrastructureException>(async () => await driver.Ledger.AppendAsync(loop.Next(), default));
        error.Code.ShouldBe("ledger-lost");
        error.Message.ShouldContain("entries 1 to 3");
        (await driver.Ledger.ReadHeadAsync(loop.Loop, default)).ShouldBeNull();
    }

    [SkippableFact]
    public async Task Readiness_ServerFlushedBehindItsBack_IsLostUntilTheProcessStartsAnew()
    {
        await using var server = await TestRedis.StartDurableAsync();
        await using var driver = new RedisDriver(server);
        await driver.Startup.CheckAsync(default);
        var check = driver.Get<IReadinessCheck>();
        (await check.CheckAsync(default)).ShouldBeNull();
        var marker = await server.CommandAsync("GET", "loopcluster:{deployment}");
        await server.CommandAsync(
            "SET",
            "loopcluster:{deployment}",
            marker.Replace("\"layout\":1", "\"layout\":2", StringComparison.Ordinal)
        );
        // A newer version came beside this one.
        (await check.CheckAsync(default)).ShouldBeNull();

        await server.CommandAsync("FLUSHALL");
        var error = await Should.ThrowAsync<InfrastructureException>(async () => await check.CheckAsync(default));
        await using var anew = new RedisDriver(server);
        await anew.Startup.CheckAsync(default);

        error.Code.ShouldBe("ledger-lost");
        error.Message.ShouldContain("flushed");
        (await anew.Get<IReadinessCheck>().CheckAsync(default)).ShouldBeNull();
        // Another process's new beginning is not this one's.
        (await Should.ThrowAsync<InfrastructureException>(async () => await check.CheckAsync(default))).Code.ShouldBe("ledger-lost");
    }

    [SkippableFact]
    public async Task Append_ServerRestartedWithAnOlderHead_IsLostAndNoConflict()
    {
        await using var server = await TestRedis.StartAsync("--save", "3600 1");
        await using var driver = new RedisDriver(server);
        var loop = NewLoop();
        await driver.Ledger.AppendAsync(loop.Next(), default);
        await server.CommandAsync("SAVE");
        foreach (var line in loop.Take(4))
        {
            await driver.Ledger.AppendAsync(line, default);
        }

        server.Kill();
        await server.StartAgainAsync();
        var error = await Should.ThrowAsync<InfrastructureException>(async () => await driver.Ledger.AppendAsync(loop.Next(), default));
        error.Code.ShouldBe("ledger-lost");
        error.Message.ShouldContain("entries 2 to 5");

        // What is left is a whole chain, and a driver that takes it up goes on from there.
        (await CountAsync(driver.Ledger, loop)).ShouldBe(1);
        (await ClaimAsync(driver.Ledger, loop)).Seq.ShouldBe(2);
    }

    [SkippableFact]
    public async Task Append_ScriptsForgottenByTheServer_AreSentAgain()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var loop = NewLoop();
        await driver.Ledger.AppendAsync(loop.Next(), default);
        await server.CommandAsync("SCRIPT", "FLUSH");

        await driver.Ledger.AppendAsync(loop.Next(), default);
        (await CountAsync(driver.Ledger, loop)).ShouldBe(2);
    }

    [SkippableTheory]
    [InlineData("head")]
    [InlineData("log")]
    public async Task Append_OneKeyOfALoopRemoved_IsCorruptAndNothingIsWritten(string key)
    {
        await using var server = await TestRedis.StartAsync();
        var loop = NewLoop();
        await using (var driver = new RedisDriver(server))
        {
            await driver.Ledger.AppendAsync(loop.Next(), default);
            await driver.Ledger.AppendAsync(loop.Next(), default);
        }

        await server.CommandAsync("DEL", $"loopcluster:loop:{{{loop.Loop}}}:{key}");
        await using var later = new RedisDriver(server);
        await Should.ThrowAsync<LedgerCorruptException>(async () => await later.Ledger.ReadHeadAsync(loop.Loop, default));
        if (key == "log")
        {
            await Should.ThrowAsync<LedgerCorruptException>(async () => await later.Ledger.AppendAsync(loop.Next(), default));
            (await server.CommandAsync("LLEN", $"loopcluster:loop:{{{loop.Loop}}}:log")).ShouldBe("0");
        }
        else
        {
            await Should.ThrowAsync<LedgerCorruptException>(async () =>
                await later.Ledger.AppendAsync(new LedgerEntryBuilder(loop.Loop).Next(size: 3), default)
            );
            (await server.CommandAsync("LLEN", $"loopcluster:loop:{{{loop.Loop}}}:log")).ShouldBe("2");
        }
    }

    [SkippableFact]
    public async Task Read_AlteredLine_NamesTheEntry()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server, o => o.PageSize = 2);
        var loop = NewLoop();
        foreach (var line in loop.Take(6))
        {
            await driver.Ledger.AppendAsync(line, default);
        }

        await server.CommandAsync("LSET", $"loopcluster:loop:{{{loop.Loop}}}:log", "3", "{}");
        (await Should.ThrowAsync<LedgerCorruptException>(() => CountAsync(driver.Ledger, loop))).Seq.ShouldBe(4);
        await server.CommandAsync("LTRIM", $"loopcluster:loop:{{{loop.Loop}}}:log", "0", "1");
        (await Should.ThrowAsync<LedgerCorruptException>(() => CountAsync(driver.Ledger, loop))).Seq.ShouldBe(3);
    }

    private static LedgerEntryBuilder NewLoop() => new($"o-{Guid.NewGuid():N}");

    /// <summary>Takes the loop with the next epoch, from whatever head it finds, as a driver would.</summary>
    private static async Task<LedgerHead> ClaimAsync(ILoopLedger ledger, LedgerEntryBuilder loop)
    {
        while (true)
        {
            var head = (await ledger.ReadHeadAsync(loop.Loop, default))!.Value;
            var claim = LedgerEntryBuilder.Seal(loop.Loop, head.Seq + 1, head.Epoch + 1, head.Hash, "driver-started", "{}");
            try
            {
                await ledger.AppendAsync(claim, default);
                return new LedgerHead(claim.Seq, claim.Epoch, claim.Hash);
            }
            catch (LedgerConflictException)
            {
                // What was given up landed in between: it is read back and claimed behind.
                continue;
            }
        }
    }

    private static async Task AppendedAsync(ILoopLedger ledger, LedgerEntryBuilder[] loops, long seq)
    {
        foreach (var loop in loops)
        {
            while (await ledger.ReadHeadAsync(loop.Loop, default) is not { } head || head.Seq < seq)
            {
                await Task.Delay(10);
            }
        }
    }

    private static async Task<long> CountAsync(ILoopLedger ledger, LedgerEntryBuilder loop)
    {
        var count = 0L;
        await foreach (var line in ledger.ReadAsync(loop.Loop, 1, default))
        {
            line.Seq.ShouldBe(++count);
        }

        return count;
    }
}
