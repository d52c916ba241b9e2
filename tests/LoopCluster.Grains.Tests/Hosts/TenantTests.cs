using LoopCluster.Engine.Loops;
using LoopCluster.Grains.Loops;
using LoopCluster.Grains.Tenants;
using LoopCluster.Grains.Tests.Support;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.Grains.Tests.Hosts;

[Trait("Category", "Cluster")]
public sealed class TenantOverFilesTests : TenantTests;

[Trait("Category", "Cluster")]
[Trait("Category", "Redis")]
public sealed class TenantOverRedisTests(RedisClassFixture redis) : TenantTests, IClassFixture<RedisClassFixture>
{
    /// <summary>Where one would do for a ledger of files, two: a tenant's grain and its loops may be on different ones.</summary>
    protected override int FewestSilos => 2;

    private protected override async ValueTask<SharedStore> OpenStoreAsync(string directory) =>
        SharedStore.OnRedis(await redis.ServerAsync(), directory);
}

/// <summary>How many loops of a tenant run at once.</summary>
public abstract class TenantTests : ClusterTests
{
    private readonly GaugeSandbox _gauge;

    protected TenantTests() => _gauge = new GaugeSandbox(Shell.Sandbox);

    protected virtual int FewestSilos => 1;

    [SkippableFact]
    public async Task Limit_MoreLoopsThanPlaces_OthersQueueVisiblyAndRunInTurn()
    {
        await StartLimitedAsync(2, limit: 2);
        var loops = await StartInTurnAsync(5);
        await HeldAsync(loops[0]);
        await HeldAsync(loops[1]);

        var view = await ViewAsync();
        (view.Limit, view.Running).ShouldBe((2, 2));
        view.Queue.ShouldBe(loops.Skip(2).Select(l => l.Value));
        (await StateAsync(loops[2])).ShouldSatisfyAllConditions(s => s.Epoch.ShouldBe(0), s => s.Status.ShouldBe(LoopStatus.Queued));
        Shell.Release();

        await AllEndRightAsync(loops);
        _gauge.Most.ShouldBeLessThanOrEqualTo(2);
        await UntilAsync(async () => await ViewAsync() is { Running: 0, Queue: [] }, "all places are free again");
    }

    [SkippableFact]
    public async Task Limit_OfOneTenant_LeavesAnotherAlone()
    {
        await StartLimitedAsync(FewestSilos, limit: 0, new() { [$"LoopCluster:Tenants:Limits:{Tenant}"] = "1" });
        var loops = await StartInTurnAsync(2);
        var other = await AnyHost.StartAsync(new StartLoop("other", HoldingSpec()), Patient);
        await HeldAsync(loops[0]);
        await HeldAsync(other);

        (await ViewAsync()).Queue.ShouldBe([loops[1].Value]);
        Cluster.SiloOf(TenantGrain("other")).ShouldBeNull("a tenant without a limit costs no message");

        Shell.Release();
        await AllEndRightAsync([.. loops, other]);
    }

    [SkippableFact]
    public async Task TenantsSilo_Killed_QueueAndLimitSurvive()
    {
        await StartLimitedAsync(
            3,
            limit: 2,
            new() { ["LoopCluster:Keeper:NewLoopAge"] = "00:00:00.2", ["LoopCluster:Keeper:Period"] = "00:00:01" }
        );
        var loops = await StartInTurnAsync(8);
        await HeldAsync(loops[0]);
        await HeldAsync(loops[1]);

        await Cluster.KillAsync(Cluster.SiloOf(TenantGrain(Tenant)).ShouldNotBeNull());
        await UntilAsync(async () => await ViewAsync() is { Running: 2, Queue.Count: 6 }, "places and queue are as they were");
        (await ViewAsync()).Queue.ShouldBe(loops.Skip(2).Select(l => l.Value));
        Shell.Release();

        await AllEndRightAsync(loops);
        _gauge.Most.ShouldBeLessThanOrEqualTo(2);
    }

    [SkippableFact]
    public async Task QueuedLoop_IsSentAMessage_KeepsItsTurnAndACancelEndsIt()
    {
        await StartLimitedAsync(FewestSilos, limit: 1);
        var loops = await StartInTurnAsync(3);
        await HeldAsync(loops[0]);

        await AnyHost.SignalAsync(loops[2], new MessageSignal("m1", "ann", "hurry"), Patient);
        (await StateAsync(loops[2])).Status.ShouldBe(LoopStatus.Queued);
        (await ViewAsync()).Queue.ShouldBe([loops[1].Value, loops[2].Value]);
        await AnyHost.SignalAsync(loops[1], new CancelSignal("c1", "ann", "not needed"), Patient);

        (await EndAsync(loops[1])).Status.ShouldBe(LoopStatus.Cancelled);
        Shell.Sandbox.Calls.ShouldNotContain(c => c.Owner.Loop == loops[1]);
        await UntilAsync(async () => (await ViewAsync()).Queue.SequenceEqual([loops[2].Value]), "it left the queue");
        Shell.Release();
        await AllEndRightAsync([loops[0], loops[2]]);
    }

    [SkippableFact]
    public async Task WaitingLoop_GivesItsPlaceAndIsAlwaysTakenUpAgain()
    {
        await StartLimitedAsync(FewestSilos, limit: 1);
        var asks = await StartAsync(
            spec: HoldingSpec("policy: { rules: [ { tool: \"*\", effect: allow }, { tool: shell, effect: ask } ] }")
        );
        var next = await StartAsync();
        await HeldAsync(next);

        var waiting = await StateAsync(asks);
        waiting.Status.ShouldBe(LoopStatus.Waiting);
        await AnyHost.SignalAsync(asks, new ApprovalSignal("a1", "ann", waiting.Approval!.Seq, true, null), Patient);

        await UntilAsync(
            async () => (await StateAsync(asks)).Approval is { } second && second.Seq != waiting.Approval.Seq,
            "it goes on beside the other"
        );
        await AnyHost.SignalAsync(asks, new CancelSignal("c1", "ann", ""), Patient);
        Shell.Release();
        await AllEndRightAsync([next]);
    }

    private async Task StartLimitedAsync(int silos, int limit, Dictionary<string, string?>? more = null)
    {
        var configuration = more ?? [];
        configuration["LoopCluster:Tenants:MaxRunning"] = $"{limit}";
        await StartClusterAsync(silos, s => s with { Sandbox = _gauge, Configuration = configuration });
    }

    private async Task<IReadOnlyList<LoopId>> StartInTurnAsync(int count)
    {
        var loops = new List<LoopId>();
        for (var i = 0; i < count; i++)
        {
            loops.Add(await StartAsync());
            // A start's answer does not wait for the tenant to hear of it, and who is heard of first while a place is free has it.
            await UntilAsync(
                async () => await ViewAsync() is var view && view.Running + view.Queue.Count > i,
                $"loop {i} has a place or waits"
            );
        }

        return loops;
    }

    private async Task<TenantView> ViewAsync()
    {
        // Of a silo that died a moment ago no call is answered.
        TenantView? view = null;
        await GrainCalls.AskAsync(
            async () =>
            {
                view = await LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.Last()).GetGrain<ITenantGrain>(Tenant).ViewAsync(Patient);
                return LoopReply.Done;
            },
            Patient
        );
        return view!;
    }

    private GrainId TenantGrain(string tenant) =>
        LoopTestCluster.Get<IGrainFactory>(Cluster.Silos.Last()).GetGrain<ITenantGrain>(tenant).GetGrainId();
}
