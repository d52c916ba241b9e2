using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Sandboxes;

namespace LoopCluster.TestKit.Hosts;

/// <summary>How many loops of a tenant run at once, and how many commands of all.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [SkippableFact]
    public async Task Limit_TwoTenants_EachQueuesBehindItsOwnAndRunsInTurn()
    {
        await LimitedAsync(("LoopCluster:Tenants:MaxRunning", "1"), ("LoopCluster:Tenants:Limits:wide", "2"));
        var (narrow, wide) = (await StartInTurnAsync("narrow", 3), await StartInTurnAsync("wide", 3));
        await HeldAsync(narrow[0]);
        await HeldAsync(wide[0]);
        await HeldAsync(wide[1]);

        (await QueuedAsync("narrow")).ShouldBe([narrow[1], narrow[2]], ignoreOrder: true);
        (await QueuedAsync("wide")).ShouldBe([wide[2]]);
        var waiting = (await Host.GetAsync(narrow[1], Patient))!.State;
        (waiting.Epoch, waiting.IsImported, waiting.Spend.Turns).ShouldBe((0, false, 0));
        Shell.Release();

        LoopId[] all = [.. narrow, .. wide];
        foreach (var loop in all)
        {
            (await RestAsync(loop)).Status.ShouldBe(LoopStatus.Verified);
        }

        (await AdmissionsAsync(narrow)).ShouldBe([(0, 1), (0, 1), (0, 1)]);
        (await AdmissionsAsync(wide)).ShouldAllBe(a => a.Running < 2 && a.Limit == 2);
        var first = await Task.WhenAll(
            narrow.Select(async loop => (await EntriesAsync(loop)).First(e => e.Events.Any(x => x is LoopAdmitted)).At)
        );
        first.ShouldBeInOrder();
    }

    [SkippableFact]
    public async Task Queued_MessagePauseAndCancel_AreTakenAndGiveNoPlace()
    {
        await LimitedAsync(("LoopCluster:Tenants:MaxRunning", "1"));
        var loops = await StartInTurnAsync("tests", 4);
        await HeldAsync(loops[0]);

        await Host.SignalAsync(loops[1], new MessageSignal("m1", "ann", "mind the tests"), Patient);
        await Host.SignalAsync(loops[2], new CancelSignal("c1", "ann", "not needed"), Patient);
        await Host.SignalAsync(loops[3], new PauseSignal("p1", "ann", ""), Patient);

        (await RestAsync(loops[2])).Status.ShouldBe(LoopStatus.Cancelled);
        (await RestAsync(loops[3])).Status.ShouldBe(LoopStatus.Paused);
        (await Host.GetAsync(loops[1], Patient))!.State.Status.ShouldBe(LoopStatus.Queued);
        Shell.Sandbox.Calls.ShouldAllBe(c => c.Owner.Loop == loops[0]);
        await Host.SignalAsync(loops[3], new ResumeSignal("r1", "ann"), Patient);
        Shell.Release();

        (await RestAsync(loops[1])).ShouldSatisfyAllConditions(
            s => s.Status.ShouldBe(LoopStatus.Verified),
            s => s.Messages.ShouldHaveSingleItem()
        );
        (await UntilAsync(loops[3], s => s.IsTerminal)).Status.ShouldBe(LoopStatus.Verified);
    }

    [SkippableFact]
    public async Task Queued_HostStopsAndStarts_GoesOnInTurn()
    {
        await LimitedAsync(("LoopCluster:Tenants:MaxRunning", "1"));
        var loops = await StartInTurnAsync("tests", 3);
        await HeldAsync(loops[0]);

        await ReopenAsync(between: Shell.Release);
        foreach (var loop in loops)
        {
            await Host.ResumeAsync(loop, Patient);
        }

        foreach (var loop in loops)
        {
            (await UntilAsync(loop, s => s.IsTerminal)).Status.ShouldBe(LoopStatus.Verified);
        }

        (await AdmissionsAsync(loops)).ShouldBe([(0, 1), (0, 1), (0, 1)]);
    }

    [SkippableFact]
    public async Task SandboxSlots_MoreCommandsThanSlots_OthersWait()
    {
        var gauge = new GaugeSandbox(Shell.Sandbox);
        await LimitedAsync(gauge, ("LoopCluster:Limits:SandboxSlots", "1"));
        var loops = await StartInTurnAsync("tests", 3);
        Shell.Release();

        foreach (var loop in loops)
        {
            (await RestAsync(loop)).Status.ShouldBe(LoopStatus.Verified);
        }

        (await AdmissionsAsync(loops)).ShouldBeEmpty();
        gauge.Most.ShouldBeInRange(1, Processes);
    }

    private Task LimitedAsync(params (string Key, string Value)[] settings) => LimitedAsync(null, settings);

    private Task LimitedAsync(ISandbox? sandbox, params (string Key, string Value)[] settings) =>
        ReopenAsync(configure: setup =>
            setup with
            {
                Sandbox = sandbox ?? setup.Sandbox,
                Settings = settings.ToDictionary(s => s.Key, string? (s) => s.Value),
            }
        );

    private async Task<IReadOnlyList<LoopId>> StartInTurnAsync(string tenant, int count)
    {
        var loops = new List<LoopId>();
        for (var i = 0; i < count; i++)
        {
            loops.Add(await Host.StartAsync(new StartLoop(tenant, Spec($"[ {Run("hold")}, {Write("42")} ]")), Patient));
        }

        return loops;
    }

    private async Task HeldAsync(LoopId loop)
    {
        while (!Shell.Sandbox.Calls.Any(c => c.Owner.Loop == loop && c.Call.Command == "hold"))
        {
            await Task.Delay(10, Patient);
        }
    }

    private async Task<IEnumerable<LoopId>> QueuedAsync(string tenant) =>
        (await Host.ListAsync(new LoopQuery { Tenant = tenant, Status = LoopStatus.Queued }, Patient)).Loops.Select(l => l.Id);

    private async Task<IReadOnlyList<(int Running, int Limit)>> AdmissionsAsync(IReadOnlyList<LoopId> loops)
    {
        var found = new List<(int, int)>();
        foreach (var loop in loops)
        {
            found.AddRange((await EntriesAsync(loop)).SelectMany(e => e.Events).OfType<LoopAdmitted>().Select(a => (a.Running, a.Limit)));
        }

        return found;
    }
}
