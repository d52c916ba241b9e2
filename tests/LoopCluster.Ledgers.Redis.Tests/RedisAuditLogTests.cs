using System.Globalization;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Redis;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>One tenant's chain, appended to by several processes, and by many loops of one.</summary>
[Trait("Category", "Redis")]
public sealed class RedisAuditLogTests
{
    private const int AuditLost = 6120;

    [SkippableFact]
    public async Task Append_ThreeProcessesAtOnce_IsOneWholeChainWithEveryRecord()
    {
        await using var server = await TestRedis.StartAsync();
        await using var one = new RedisDriver(server);
        await using var other = new RedisDriver(server);
        await using var third = new RedisDriver(server);
        RedisDriver[] drivers = [one, other, third];
        await Task.WhenAll(
            drivers.SelectMany(
                (d, i) =>
                    Enumerable
                        .Range(0, 20)
                        .Select(loop =>
                            Task.Run(async () =>
                            {
                                for (var n = 0; n < 25; n++)
                                {
                                    await d.Audit.AppendAsync(Record($"l-{i}-{loop}", n), default);
                                }
                            })
                        )
            )
        );

        var seen = (await ReadAsync(third.Audit))
            .Select(l => (Loop: l.GetProperty("loop").GetString(), Number: l.GetProperty("data").GetProperty("number").GetInt32()))
            .ToArray();
        seen.Length.ShouldBe(3 * 20 * 25);
        seen.Distinct().Count().ShouldBe(seen.Length);

        // What one caller appended one after the other stands in that order.
        seen.GroupBy(s => s.Loop).ShouldAllBe(g => g.Select(s => s.Number).SequenceEqual(Enumerable.Range(0, 25)));
    }

    [SkippableFact]
    public async Task Append_ManyLoopsOfOneProcess_ShareRoundTrips()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        await driver.Audit.AppendAsync(Record("l", 0), default);
        await server.CommandAsync("CONFIG", "RESETSTAT");
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => driver.Audit.AppendAsync(Record("l", i), default).AsTask()));

        (await ReadAsync(driver.Audit)).Count.ShouldBe(501);
        var stats = await server.CommandAsync("INFO", "commandstats");
        var calls = int.Parse(stats.Split("cmdstat_evalsha:calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
        calls.ShouldBeLessThan(25);
    }

    [SkippableFact]
    public async Task Append_AfterTheServerLostRecords_TheChainSaysSo()
    {
        await using var server = await TestRedis.StartAsync();
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server, logs: logs);
        await driver.Audit.AppendAsync(Record("l", 0), default);
        await driver.Audit.AppendAsync(Record("l", 1), default);
        var hash = (await ReadAsync(driver.Audit))[1].GetProperty("hash").GetString();
        await server.CommandAsync("FLUSHALL");
        await driver.Audit.AppendAsync(Record("l", 2), default);

        var records = await ReadAsync(driver.Audit);
        records.Select(r => r.GetProperty("type").GetString()).ShouldBe(["audit-records-lost", "tool-allowed"]);
        records[0].GetProperty("data").GetProperty("seq").GetString().ShouldBe("2");
        records[0].GetProperty("data").GetProperty("hash").GetString().ShouldBe(hash);
        logs.Entries.ShouldContain(e => e.Id == AuditLost);
    }

    [SkippableFact]
    public async Task Append_AfterAnotherProcess_IsNoLoss()
    {
        await using var server = await TestRedis.StartAsync();
        var logs = new CapturedLogs();
        await using var one = new RedisDriver(server, logs: logs);
        await using var other = new RedisDriver(server, logs: logs);
        for (var i = 0; i < 10; i++)
        {
            await (i % 2 == 0 ? one : other).Audit.AppendAsync(Record("l", i), default);
        }

        (await ReadAsync(one.Audit)).Select(r => r.GetProperty("data").GetProperty("number").GetInt32()).ShouldBe(Enumerable.Range(0, 10));
        logs.Entries.ShouldNotContain(e => e.Id == AuditLost);
    }

    [SkippableFact]
    public async Task Append_ServerKilledAndRestartedMeanwhile_LosesAndRepeatsNothing()
    {
        await using var server = await TestRedis.StartDurableAsync();
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server, logs: logs);
        var appending = Enumerable
            .Range(0, 20)
            .Select(loop =>
                Task.Run(async () =>
                {
                    for (var n = 0; n < 300; n++)
                    {
                        await driver.Audit.AppendAsync(Record($"l-{loop}", n), default);
                    }
                })
            )
            .ToArray();
        while ((await server.CommandAsync("LLEN", "loopcluster:audit:{t-1}:log")) is "0")
        {
            await Task.Delay(1);
        }

        server.Kill();
        await server.StartAgainAsync();
        await Task.WhenAll(appending);
        (await ReadAsync(driver.Audit)).Count.ShouldBe(20 * 300);
        logs.Entries.ShouldNotContain(e => e.Id == AuditLost);
    }

    [SkippableFact]
    public async Task Read_AlteredRecord_NamesIt()
    {
        await using var server = await TestRedis.StartAsync();
        await using var driver = new RedisDriver(server);
        for (var i = 0; i < 5; i++)
        {
            await driver.Audit.AppendAsync(Record("l", i), default);
        }

        await server.CommandAsync("LSET", "loopcluster:audit:{t-1}:log", "2", "{}");
        (await Should.ThrowAsync<LedgerCorruptException>(() => ReadAsync(driver.Audit))).Seq.ShouldBe(3);
    }

    private static AuditRecord Record(string loop, int number) =>
        new("t-1", loop, DateTimeOffset.UnixEpoch, "tool-allowed", JsonSerializer.SerializeToElement(new { number }));

    private static async Task<List<JsonElement>> ReadAsync(IAuditLog audit)
    {
        var records = new List<JsonElement>();
        await foreach (var line in audit.ReadAsync("t-1", 1, default))
        {
            records.Add(JsonDocument.Parse(line).RootElement);
        }

        return records;
    }
}
