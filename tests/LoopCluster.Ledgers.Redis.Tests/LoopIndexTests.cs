using System.Globalization;
using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Ledgers.Redis.Index;
using LoopCluster.Ledgers.Redis.Ledger;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Ledger;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>Lists that are never short of a loop, whatever died between which two steps, and cost what a page costs.</summary>
[Trait("Category", "Redis")]
public sealed class LoopIndexTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [SkippableFact]
    public async Task List_FiftyOfAHundredThousand_LoadsNoLoop()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        await FillAsync(driver, 100_000);
        await server.CommandAsync("CONFIG", "RESETSTAT");

        var page = await driver.Reads.ListAsync(
            new LoopQuery
            {
                Tenant = "t-1",
                Status = LoopStatus.Waiting,
                Brief = true,
            },
            default
        );
        page.Loops.Count.ShouldBe(50);
        page.Loops.ShouldAllBe(l => l.Tenant == "t-1" && l.Status == LoopStatus.Waiting);
        page.Loops.Select(l => l.Created).ShouldBeInOrder(SortDirection.Descending);
        var calls = await CallsAsync(server);
        calls.Keys.Where(c => c is "lrange" or "lindex" or "scan" or "keys" or "zrange").ShouldBeEmpty();
        calls["zrevrangebylex"].ShouldBe(1);
        calls["get"].ShouldBe(51);
    }

    [SkippableFact]
    public async Task List_NotBrief_TellsGoalsFromRecordOrFirstEntryAndAsksOnce()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var (kept, plain) = (new StoredLoop("kept"), new StoredLoop("plain"));
        foreach (var loop in (StoredLoop[])[kept, plain])
        {
            await driver.Ledger.AppendAsync(loop.Next(), LoopSummary.Of(loop.State), default);
        }

        var fork = plain.Fork("fork", out var forked);
        await driver.Ledger.AppendAsync(forked, LoopSummary.Of(fork.State), default);
        await driver.Reads.WriteAsync(
            [LoopRecord.Of(kept.State) with { Summary = LoopSummary.Of(kept.State) with { Goal = "as the record says" } }],
            default
        );

        var listed = (await driver.Reads.ListAsync(new LoopQuery(), default)).Loops.ToDictionary(l => l.Id, l => l.Goal);
        listed.ShouldBe(
            new Dictionary<LoopId, string?>
            {
                [kept.Id] = "as the record says",
                [plain.Id] = "what plain is for",
                [fork.Id] = "what plain is for",
            },
            ignoreOrder: true
        );
        (await driver.Reads.ListAsync(new LoopQuery { Brief = true }, default)).Loops.ShouldAllBe(l => l.Goal == null);
        await server.CommandAsync("CONFIG", "RESETSTAT");
        (await driver.Reads.ListAsync(new LoopQuery(), default)).Loops.ShouldAllBe(l => l.Goal != null);
        (await CallsAsync(server)).Keys.ShouldNotContain("lindex");
    }

    [SkippableFact]
    public async Task List_WholeOfAHundredThousand_IsCompleteInPages()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        await FillAsync(driver, 100_000);
        var seen = new HashSet<LoopId>();
        string? cursor = null;
        do
        {
            var page = await driver.Reads.ListAsync(
                new LoopQuery
                {
                    Status = LoopStatus.Running,
                    Limit = LoopQuery.MostLoops,
                    Cursor = cursor,
                    Brief = true,
                },
                default
            );
            page.Loops.ShouldAllBe(l => seen.Add(l.Id) && l.Host != null && l.Epoch > 0);
            cursor = page.Next;
        } while (cursor is not null);

        seen.Count.ShouldBe(20_000);
    }

    [SkippableFact]
    public async Task Append_TurnsOfARunningLoop_WriteNoList()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var loop = new LedgerEntryBuilder("loop-1");
        await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop), default);
        await server.CommandAsync("CONFIG", "RESETSTAT");
        foreach (var line in loop.Take(20))
        {
            await driver.Ledger.AppendAsync(line, Summary(loop.Loop) with { Turns = (int)line.Seq }, default);
        }

        var calls = await CallsAsync(server);
        calls.Keys.ShouldBe(["config|resetstat", "evalsha", "getrange", "rpushx", "set"], ignoreOrder: true);
        calls["evalsha"].ShouldBe(20);
        (await driver.Reads.FindAsync(loop.Loop, default))!.Turns.ShouldBe(21);
    }

    [SkippableFact]
    public async Task List_LoopWhoseFirstEntryNeverCame_IsNotShownAndGoesAfterAnHour()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var index = driver.Get<LoopIndex>();
        var (old, young) = (
            Summary(new LoopId("old")),
            Summary(new LoopId("young")) with
            {
                Created = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()),
            }
        );
        foreach (var summary in new[] { old, young })
        {
            await index.AddAsync(summary.Id, default);
            await index.EnterAsync(summary, 1, default);
        }

        (await driver.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldBeEmpty();
        (await server.CommandAsync("ZCARD", "loopcluster:index:{running}")).ShouldBe("1");
        (await driver.Ledger.ListAsync(default(CancellationToken)).ToListAsync()).ShouldBeEmpty();

        // The young one's entry was only late.
        await driver.Ledger.AppendAsync(new LedgerEntryBuilder("young").Next(), young, default);
        (await driver.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldBe([young]);
    }

    [SkippableFact]
    public async Task List_ProcessThatDiedBeforeItLeftAList_IsSeenThroughAndMended()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var index = driver.Get<LoopIndex>();
        var loop = new LedgerEntryBuilder("loop-1");
        await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop), default);
        await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop, LoopStatus.Verified), default);

        // As it was between the entry and the removal.
        await index.EnterAsync(Summary(loop.Loop), 1, default);
        (await server.CommandAsync("ZCARD", "loopcluster:index:{running}")).ShouldBe("1");

        (await driver.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldBeEmpty();
        (await server.CommandAsync("ZCARD", "loopcluster:index:{running}")).ShouldBe("0");
        (await server.CommandAsync("HLEN", "loopcluster:index:{running}:seq")).ShouldBe("0");
        (await driver.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Verified }, default)).Loops.ShouldHaveSingleItem();
    }

    [SkippableFact]
    public async Task List_AppendOnItsWay_IsNotRemovedByAReader()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        var index = driver.Get<LoopIndex>();
        var loop = new LedgerEntryBuilder("loop-1");
        await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop, LoopStatus.Waiting), default);

        // Entry 2, which makes it run again, has entered the list and is not appended yet.
        await index.EnterAsync(Summary(loop.Loop), 2, default);
        (await driver.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldBeEmpty();
        await new AppendAlone(driver).AppendAsync(loop.Next(), Summary(loop.Loop));

        (await driver.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldHaveSingleItem();
    }

    [SkippableFact]
    public async Task Leave_HeldUpUntilAnotherDriverCameBack_RemovesNothing()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        await using var later = new RedisDriver(server);
        var loop = new LedgerEntryBuilder("loop-1");
        await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop), default);

        // Entry 2 parks the loop; its process is stopped before it takes the loop out of the running ones.
        var parked = Summary(loop.Loop, LoopStatus.Waiting);
        await driver.Get<LoopIndex>().EnterAsync(parked, 2, default);
        await new AppendAlone(driver).AppendAsync(loop.Next(), parked);

        // Another process takes it up again.
        loop.Epoch = 2;
        await later.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop), default);
        (await driver.Get<LoopIndex>().TryLeaveOthersAsync(parked, 2, null)).ShouldBeTrue();

        (await later.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldHaveSingleItem();
        (await later.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Waiting }, default)).Loops.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task List_DriverThatLostTheLoopAndTakesItAgain_StaysListed()
    {
        await using var server = await TestRedis.StartAsync();
        await using var one = new RedisDriver(server);
        await using var other = new RedisDriver(server);
        var loop = new LedgerEntryBuilder("loop-1");
        await one.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop), default);
        await other.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop, LoopStatus.Waiting), default);
        await one.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop), default);

        (await one.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Running }, default)).Loops.ShouldHaveSingleItem();
        (await one.Reads.ListAsync(new LoopQuery { Status = LoopStatus.Waiting }, default)).Loops.ShouldBeEmpty();
    }

    [SkippableFact]
    public async Task List_DamagedHead_HidesOnlyItsLoop()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        foreach (var id in new[] { "loop-1", "loop-2" })
        {
            var loop = new LedgerEntryBuilder(id);
            await driver.Ledger.AppendAsync(loop.Next(), Summary(loop.Loop), default);
        }

        await server.CommandAsync("SETRANGE", "loopcluster:loop:{loop-1}:head", "0", "x");
        (await driver.Reads.ListAsync(new LoopQuery(), default)).Loops.ShouldHaveSingleItem().Id.ShouldBe(new LoopId("loop-2"));
        await Should.ThrowAsync<Engine.Errors.LedgerCorruptException>(async () =>
            await driver.Reads.FindAsync(new LoopId("loop-1"), default)
        );
    }

    private static LoopSummary Summary(LoopId loop, LoopStatus status = LoopStatus.Running) =>
        new(loop, "t-1", status, LoopStage.Execute, 1, 2, 0.25m, Start)
        {
            Created = Start,
            Epoch = 1,
            Host = "host/1",
        };

    /// <summary>Loops as many drivers would have left them: a head and the members of its lists.</summary>
    private static async Task FillAsync(RedisDriver driver, int count)
    {
        var connection = driver.Get<RedisConnection>();
        var database = await connection.DatabaseAsync();
        LoopStatus[] statuses = [LoopStatus.Running, LoopStatus.Waiting, LoopStatus.Verified, LoopStatus.Stuck, LoopStatus.Cancelled];
        foreach (var chunk in Enumerable.Range(0, count).Chunk(2000))
        {
            var writes = new List<Task>();
            foreach (var i in chunk)
            {
                var loop = new LoopId(string.Create(CultureInfo.InvariantCulture, $"loop-{i}"));
                var summary = Summary(loop, statuses[i % 5]) with { Tenant = $"t-{i / 5 % 10}", Created = Start.AddMilliseconds(i / 3) };
                var line = new LedgerLine(loop, 1000, 1, default, LedgerHash.Of([]), default);
                writes.Add(database.StringSetAsync(connection.Keys.Head(loop), HeadRecord.After(line, summary)));
                writes.Add(driver.Get<LoopIndex>().EnterAsync(summary, 1, default).AsTask());
            }

            await Task.WhenAll(writes);
        }
    }

    private static async Task<Dictionary<string, long>> CallsAsync(RedisServer server) =>
        (await server.CommandAsync("INFO", "commandstats"))
            .Split("\r\n")
            .Where(l => l.StartsWith("cmdstat_", StringComparison.Ordinal))
            .Select(l => l.Split([':', '=', ',']))
            .ToDictionary(p => p[0]["cmdstat_".Length..], p => long.Parse(p[2], CultureInfo.InvariantCulture))
            .Where(p => p.Key is not ("info" or "ping" or "echo" or "client" or "hello"))
            .ToDictionary();

    /// <summary>The append without what is done before and after it.</summary>
    private sealed class AppendAlone(RedisDriver driver)
    {
        public async Task AppendAsync(LedgerLine line, LoopSummary summary) =>
            (await AppendScript.RunAsync(driver.Get<RedisConnection>(), line, summary, default)).Accepted.ShouldBeTrue();
    }
}
