using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Specs;
using LoopCluster.TestKit.Endpoints;

namespace LoopCluster.TestKit.Hosts;

/// <summary>An endpoint that goes away and comes back, and people who stop a loop for a while.</summary>
public abstract partial class LoopHostFunctionalTests
{
    private int _requests;

    [SkippableFact]
    public async Task Outage_LongerThanPatience_IsParkedAndGoesOnToVerifiedWhenResumed()
    {
        await ReopenAsync(new SwiftTime());
        var up = false;
        await using var endpoint = Endpoint(() => up);

        var parked = await RunAsync(Spec(endpoint, "outage: 10m"));

        parked.Status.ShouldBe(LoopStatus.Parked);
        ExitCodes.For(parked.Status).ShouldBe(ExitCodes.Unavailable);
        parked.StopReason.ShouldNotBeNull().ShouldContain("the model was unavailable for");
        (parked.Spend.Tokens, parked.Spend.Cost).ShouldBe((0, 0m), "a 503 was not served");
        _requests.ShouldBeGreaterThan(5);
        await UntilReleasedAsync(parked.Id);
        up = true;
        await Host.ResumeAsync(parked.Id, Patient);

        var state = await UntilAsync(parked.Id, s => s.IsTerminal);
        state.Status.ShouldBe(LoopStatus.Verified);
        state.Epoch.ShouldBeGreaterThan(1);
    }

    [SkippableFact]
    public async Task Outage_WithinPatience_IsWaitedForWhileTheDeadlineStands()
    {
        await ReopenAsync(new SwiftTime());
        await using var endpoint = Endpoint(() => _requests > 40);

        var state = await RunAsync(Spec(endpoint, "outage: 2h\nbudget: { deadline: 15m }"));

        state.Status.ShouldBe(LoopStatus.Verified);
        var events = (await EntriesAsync(state.Id)).SelectMany(e => e.Events).ToList();
        events.ShouldNotContain(e => e is LoopParked);
        events.OfType<ModelFailed>().Count().ShouldBe(40);
        (state.UpdatedAt - state.CreatedAt).ShouldBeGreaterThan(TimeSpan.FromMinutes(15), "the wait alone was longer than the deadline");
    }

    [SkippableFact]
    public async Task Outage_WhileItIsWaitedFor_NoContainerIsHeld()
    {
        // Real time: the wait that is looked at must last. The second request is refused for longer than the test.
        await using var endpoint = RawServer.Replying(_ =>
            Interlocked.Increment(ref _requests) == 1
                ? RawReply.Calling("shell", """{\"command\":\"say hello\"}""")
                : RawReply.Busy(retryAfterSeconds: 600)
        );

        var loop = await StartAsync(Spec(endpoint, "outage: 1h"));

        (await UntilAsync(loop, s => s.Outage is not null)).Status.ShouldBe(LoopStatus.Running);
        Shell.Sandbox.Prewarmed.ShouldContain(p => p.Owner.Loop == loop);
        await UntilReleasedAsync(loop);
        await Host.SignalAsync(loop, new CancelSignal("c", "ann", "enough"), Patient);
        (await UntilAsync(loop, s => s.IsTerminal)).Status.ShouldBe(LoopStatus.Cancelled);
    }

    [SkippableFact]
    public async Task Parked_EndpointIsBack_HostTakesTheLoopUpByItself()
    {
        await ReopenAsync(configure: setup => setup with { ParkedPeriod = TimeSpan.FromMilliseconds(200) });
        var up = false;
        await using var endpoint = Endpoint(() => up);
        var loop = await StartAsync(Spec(endpoint, "outage: 1s"));
        await UntilAsync(loop, s => s.Status == LoopStatus.Parked);

        up = true;

        var state = await UntilAsync(loop, s => s.IsTerminal);
        state.Status.ShouldBe(LoopStatus.Verified);
        state.Epoch.ShouldBeGreaterThan(1);
    }

    [SkippableFact]
    public async Task Pause_WhileACommandRuns_StopsBehindItAndGoesOnWhenResumed()
    {
        var loop = await StartAsync(Spec($"[ {Run("hold")}, {Write("42")} ]"));
        await Shell.Held.WaitAsync(Patient);
        await Host.SignalAsync(loop, new PauseSignal("p1", "ann", "lunch"), Patient);
        Shell.Release();

        var paused = await UntilAsync(loop, s => s.Status == LoopStatus.Paused);
        paused.StopReason.ShouldBe("paused by ann: lunch");
        ExitCodes.For(paused.Status).ShouldBe(ExitCodes.WaitingForPerson);
        (paused.Open, paused.Spend.Turns).ShouldBe((null, 1));
        await UntilReleasedAsync(loop);
        await ReopenAsync();
        (await Host.GetAsync(loop, Patient))!.State.Status.ShouldBe(LoopStatus.Paused);
        await Host.ResumeAsync(loop, Patient);

        (await UntilAsync(loop, s => s.IsTerminal)).Status.ShouldBe(LoopStatus.Verified);
        Shell.Sandbox.Calls.Count(c => c.Call.Command == "hold").ShouldBe(1);
    }

    [SkippableFact]
    public async Task Pause_SameSignalAgain_IsSuccessAndOneEvent()
    {
        var loop = await StartAsync(Spec($"[ {Run("hold")}, {Write("42")} ]"));
        await Shell.Held.WaitAsync(Patient);
        var signal = new PauseSignal("p1", "ann", "");

        await Host.SignalAsync(loop, signal, Patient);
        await Host.SignalAsync(loop, signal, Patient);
        Shell.Release();
        await UntilAsync(loop, s => s.Status == LoopStatus.Paused);
        await Host.SignalAsync(loop, signal, Patient);

        (await EntriesAsync(loop)).SelectMany(e => e.Events).OfType<PauseRequested>().ShouldHaveSingleItem();
        (await Host.GetAsync(loop, Patient))!.State.Status.ShouldBe(LoopStatus.Paused);
    }

    /// <summary>Says 503 until it is up, then what verifies.</summary>
    private RawServer Endpoint(Func<bool> isUp) =>
        RawServer.Replying(_ =>
        {
            Interlocked.Increment(ref _requests);
            return isUp() ? RawReply.Good : RawReply.Of("not there", 503, "{\"error\":{\"message\":\"model is loading\"}}"u8.ToArray());
        });

    private LoopSpec Spec(RawServer endpoint, string more) =>
        SpecFile.Parse(
            $$"""
            goal: put 42 into answer.txt
            workspace: { files: { readme.txt: "hello\n" } }
            model: { url: "{{endpoint.Url}}", model: m, price: { in: 1, out: 1 } }
            gates: [ { name: answer, run: has answer.txt 42 } ]
            {{more}}
            """,
            SpecOrigin.File(Files.Root)
        );

    /// <summary>What a loop at rest holds is given back behind the entry that says it rests.</summary>
    private async Task UntilReleasedAsync(LoopId loop)
    {
        while (Shell.Sandbox.Held.Contains(loop))
        {
            Patient.IsCancellationRequested.ShouldBeFalse($"loop {loop} still holds a container");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
