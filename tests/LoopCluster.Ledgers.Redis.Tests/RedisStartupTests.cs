using LoopCluster.ClusterKit.Redis;
using LoopCluster.Engine.Errors;
using LoopCluster.TestKit.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.Redis.Tests;

/// <summary>A server is looked at before anything is trusted to it.</summary>
[Trait("Category", "Redis")]
public sealed class RedisStartupTests
{
    [SkippableFact]
    public async Task Check_DurableServer_SaysNothing()
    {
        await using var server = await TestRedis.StartDurableAsync();
        var logs = await CheckAsync(server);

        logs.Entries.ShouldNotContain(e => e.Level >= LogLevel.Warning);
    }

    [SkippableTheory]
    [InlineData(6130, LogLevel.Critical, "EVERY LOOP IS LOST")]
    [InlineData(6131, LogLevel.Warning, "snapshot", "--save", "3600 1")]
    [InlineData(6132, LogLevel.Warning, "everysec", "--appendonly", "yes", "--appendfsync", "everysec")]
    public async Task Check_ServerThatMayLoseEntries_Warns(int id, LogLevel level, string text, params string[] settings)
    {
        await using var server = await TestRedis.StartAsync(settings);
        var logs = await CheckAsync(server);

        var warning = logs.Entries.Where(e => e.Level >= LogLevel.Warning).ShouldHaveSingleItem();
        (warning.Id, warning.Level).ShouldBe((id, level));
        warning.Text.ShouldContain(text);
    }

    [SkippableFact]
    public async Task Check_EvictingServer_IsRefusedWithWhatToSet()
    {
        await using var server = await TestRedis.StartAsync("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru");

        (await RefusedAsync(server)).Message.ShouldContain("maxmemory-policy noeviction");
    }

    [SkippableTheory]
    [InlineData(3600, "ahead of")]
    [InlineData(-3600, "behind")]
    public async Task Check_ClockIsOffByAnHour_IsRefused(int seconds, string how)
    {
        await using var server = await TestRedis.StartDurableAsync();

        await using var driver = new RedisDriver(server, time: new ShiftedTime(TimeSpan.FromSeconds(seconds)));

        var error = await Should.ThrowAsync<BadInputException>(() => driver.Startup.CheckAsync(default));
        error.Code.ShouldBe("clock-off");
        error.Message.ShouldContain($"s {how} the one of Redis");
    }

    [SkippableFact]
    public async Task Check_SeveralFaults_AreToldAtOnce()
    {
        await using var server = await TestRedis.StartAsync("--maxmemory-policy", "volatile-ttl");

        var error = await RefusedAsync(server, o => (o.RequirePersistence, o.WaitReplicas) = (true, 2));
        error.Faults.Count.ShouldBe(3);
        error.Message.ShouldContain("volatile-ttl");
        error.Message.ShouldContain("appendonly yes");
        error.Message.ShouldContain("0 replicas");
    }

    [SkippableFact]
    public async Task Check_WaitAppendOnlyFileOnAnOlderServer_IsRefused()
    {
        await using var server = await TestRedis.StartDurableAsync();
        Skip.IfNot(
            (await server.CommandAsync("INFO", "server")).Contains("redis_version:7.0", StringComparison.Ordinal),
            "this redis-server has WAITAOF"
        );

        (await RefusedAsync(server, o => o.WaitAppendOnlyFile = true)).Message.ShouldContain("7.2");
    }

    [SkippableFact]
    public async Task Check_Replica_IsRefused()
    {
        await using var master = await TestRedis.StartAsync();
        await using var replica = await TestRedis.StartAsync("--replicaof", $"127.0.0.1 {master.Port}");

        (await RefusedAsync(replica)).Message.ShouldContain("name the master");
    }

    [SkippableFact]
    public async Task Check_NoServer_IsUnavailable()
    {
        TestRedis.Require();
        await using var driver = new RedisDriver("127.0.0.1:1,connectTimeout=200", o => o.RetryFor = TimeSpan.FromMilliseconds(200));

        (await Should.ThrowAsync<InfrastructureException>(() => driver.Startup.CheckAsync(default))).Code.ShouldBe("ledger-unavailable");
    }

    [SkippableFact]
    public async Task Check_WrongPassword_SaysWhichAndNotWhat()
    {
        await using var server = await TestRedis.StartAsync("--requirepass", "right");
        await using var driver = new RedisDriver(server.Endpoint + ",password=wr0ng", o => o.RetryFor = TimeSpan.FromMinutes(5));

        // It does not wait: a wrong password does not become right.
        var error = await Should.ThrowAsync<InfrastructureException>(() => driver.Startup.CheckAsync(default));
        error.Message.ShouldContain("Give user and password");
        error.Message.ShouldNotContain("wr0ng");
    }

    [SkippableFact]
    public async Task Check_FullServer_SaysSo()
    {
        await using var server = await TestRedis.StartAsync("--maxmemory", "1mb");
        await using var driver = new RedisDriver(server);

        (await Should.ThrowAsync<InfrastructureException>(() => driver.Startup.CheckAsync(default))).Message.ShouldContain("maxmemory");
    }

    [SkippableFact]
    public async Task Check_TwoDeploymentsOnOnePrefix_RefusesTheSecond()
    {
        await using var server = await TestRedis.StartDurableAsync();
        await CheckAsync(server, o => o.Deployment = "blue");
        await CheckAsync(server, o => o.Deployment = "blue");
        await CheckAsync(server);
        await CheckAsync(server, o => (o.Deployment, o.Prefix) = ("green", "green"));

        await using var driver = new RedisDriver(server, o => o.Deployment = "green");
        var error = await Should.ThrowAsync<BadInputException>(() => driver.Startup.CheckAsync(default));
        error.Code.ShouldBe("redis-prefix-taken");
        error.Message.ShouldContain("'blue'");
    }

    [SkippableTheory]
    [InlineData("{\"deployment\":\"x\",\"layout\":2}")]
    [InlineData("something-else")]
    public async Task Check_KeysOfAnUnknownLayout_IsRefused(string marker)
    {
        await using var server = await TestRedis.StartDurableAsync();
        await server.CommandAsync("SET", "loopcluster:{deployment}", marker);
        await using var driver = new RedisDriver(server);

        (await Should.ThrowAsync<BadInputException>(() => driver.Startup.CheckAsync(default))).Code.ShouldBe("redis-layout-unknown");
    }

    [SkippableFact]
    public async Task Start_UnsuitableServer_StartsNothingElseOfTheHost()
    {
        await using var server = await TestRedis.StartAsync("--maxmemory-policy", "allkeys-random");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var other = new OtherService();
        builder
            .Services.AddSingleton<IHostedService>(other)
            .AddRedisLedger(o => (o.Configuration, o.AllowNoPassword) = (server.Endpoint, true));
        using var host = builder.Build();

        (await Should.ThrowAsync<BadInputException>(() => host.StartAsync())).Code.ShouldBe("redis-unsuitable");
        other.Started.ShouldBeFalse();
    }

    private static async Task<CapturedLogs> CheckAsync(RedisServer server, Action<RedisLedgerOptions>? configure = null)
    {
        var logs = new CapturedLogs();
        await using var driver = new RedisDriver(server, configure, logs);
        await driver.Startup.CheckAsync(default);
        return logs;
    }

    private static async Task<BadInputException> RefusedAsync(RedisServer server, Action<RedisLedgerOptions>? configure = null)
    {
        await using var driver = new RedisDriver(server, configure);
        var error = await Should.ThrowAsync<BadInputException>(() => driver.Startup.CheckAsync(default));
        error.Code.ShouldBe("redis-unsuitable");
        return error;
    }

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    private sealed class OtherService : IHostedService
    {
        public bool Started { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Started = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
