using LoopCluster.Bench.Cluster.Chaos.Verification;
using LoopCluster.Bench.Cluster.Hosting;
using LoopCluster.Bench.Cluster.Hosting.Silos;
using LoopCluster.ClusterKit.Processes;
using LoopCluster.ClusterTests.Support;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace LoopCluster.ClusterTests;

/// <summary>What does not belong together stays apart.</summary>
public sealed class DeploymentTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const string OtherPrefix = "other";

    [SkippableFact]
    public async Task TwoDeployments_OnOneRedis_DoNotMeet()
    {
        await StartAsync(silos: 1);
        var other = Owned(
            await ClusterHarness.StartAsync(
                new HarnessOptions
                {
                    Root = PathOf("other"),
                    Network = Cluster.Network,
                    Redis = Cluster.Redis,
                    Silos = 1,
                    Environment = new Dictionary<string, string>(ClusterHarness.NoEngine) { ["LoopCluster__Redis__Prefix"] = OtherPrefix },
                }
            )
        );
        var mine = await StartLoopsAsync(8, steps: 10);
        var theirs = await StartLoopsAsync(other, 8, steps: 12);

        // The same idempotency keys give the same ids in both, and other loops: what one deployment wrote into the other's would show in
        // its files.
        theirs.Select(loop => loop.Id).ShouldBe(mine.Select(loop => loop.Id));
        await other.Silos[0].Process.KillAsync();
        await ShouldEndWellAsync(mine);
        await using (var reader = new RedisReader(Cluster.Redis))
        {
            (await reader.Reads.ListAsync(new LoopQuery { Limit = LoopQuery.MostLoops }, CancellationToken.None))
                .Loops.Select(loop => loop.Id.Value)
                .ShouldBe(mine.Select(loop => loop.Id), ignoreOrder: true);
        }

        other.Silos[0].Start();
        await ShouldEndWellAsync(other, theirs, OtherPrefix);
    }

    [SkippableFact]
    public async Task Silo_OfAVersionThatDoesNotKnowTheLayout_IsRefused()
    {
        await StartAsync(silos: 1);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(Cluster.Redis.Configuration);
        var marker = ((string?)await redis.GetDatabase().StringGetAsync("loopcluster:{deployment}")).ShouldNotBeNull();
        await redis
            .GetDatabase()
            .StringSetAsync("loopcluster:{deployment}", marker.Replace("\"layout\":1", "\"layout\":99", StringComparison.Ordinal));
        var old = await Cluster.AddSiloAsync(Cluster.Settings with { Program = [SiloPrograms.Product], Witnessed = false });

        old.Start();

        (await old.Process.WaitForExitAsync(TimeSpan.FromMinutes(1))).ShouldBeTrue(old.Process.Tail());
        old.Process.ExitCode.ShouldBe(2, old.Process.Tail());
        old.Process.Tail().ShouldContain("redis-layout-unknown");
        (await Cluster.Silos[0].IsReadyAsync()).ShouldBeTrue();
    }

    [SkippableTheory]
    [InlineData("+3600s")]
    [InlineData("-3600s")]
    public async Task Silo_WhoseClockIsOffByAnHour_IsRefusedAndTheOthersGoOn(string offset)
    {
        Require();
        var library = Directory
            .GetDirectories("/usr/lib")
            .Select(directory => Path.Combine(directory, "faketime", "libfaketimeMT.so.1"))
            .FirstOrDefault(File.Exists);
        Skip.If(library is null, "libfaketime is not installed (Debian's package libfaketime)");
        await StartAsync(silos: 2);
        var loops = await StartLoopsAsync(10, steps: 15);
        // Without the last variable the library makes waits by the monotonic clock an hour longer, and the process stands still.
        var wrong = await Cluster.AddSiloAsync(
            Cluster.Settings with
            {
                Program = [SiloPrograms.Product],
                Witnessed = false,
                Environment = new Dictionary<string, string>(Cluster.Settings.Environment)
                {
                    ["LD_PRELOAD"] = library,
                    ["FAKETIME"] = offset,
                    ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
                    ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
                },
            }
        );

        wrong.Start();

        (await wrong.Process.WaitForExitAsync(TimeSpan.FromMinutes(1))).ShouldBeTrue(wrong.Process.Tail());
        wrong.Process.ExitCode.ShouldBe(2, wrong.Process.Tail());
        wrong.Process.Tail().ShouldContain("clock-off");
        await ShouldEndWellAsync(loops);
    }
}
