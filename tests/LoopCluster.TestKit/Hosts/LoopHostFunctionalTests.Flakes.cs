using System.Text.Json;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Gates that are red and green on one tree.</summary>
public abstract partial class LoopHostFunctionalTests
{
    [SkippableFact]
    public async Task Flaky_RedThenGreenAndTheBaseIsAsFlaky_IsCaughtAndTheRightChangeIsVerified()
    {
        var state = await RunAsync(Flaky("0,1,0,1", "reruns: 2"));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        state.Attempt.ShouldBe(1);
        FlakeRules
            .Of(state, state.Spec.Gates[1])
            .ShouldBe(
                new GateFlake
                {
                    Reds = 1,
                    Greens = 1,
                    BaseReds = 1,
                    BaseGreens = 1,
                    Origin = FlakeOrigin.Base,
                }
            );
        var flake = (await PredicateAsync(state.Id)).GetProperty("gates")[1].GetProperty("flake");
        (flake.GetProperty("origin").GetString(), flake.GetProperty("reds").GetInt32()).ShouldBe(("base", 1));
    }

    [SkippableFact]
    public async Task Flaky_OnlySinceTheChange_WaitsForAPersonAndTheProofSaysSo()
    {
        var state = await RunAsync(Flaky("0,1,0,0", "reruns: 1"));
        state.Status.ShouldBe(LoopStatus.Waiting, state.StopReason);
        state.Approval!.Asked.Reasons.ShouldNotBeNull().ShouldHaveSingleItem().ShouldContain("became flaky");

        await Host.SignalAsync(state.Id, new ApprovalSignal("a", "ann", state.Approval.Seq, true, null), Patient);

        state = await UntilAsync(state.Id, s => s.IsTerminal);
        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        var proof = await PredicateAsync(state.Id);
        proof.GetProperty("gates")[1].GetProperty("flake").GetProperty("origin").GetString().ShouldBe("change");
        proof.GetProperty("approvedIn").GetInt64().ShouldBe(state.Grant!.Seq);
    }

    [SkippableFact]
    public async Task Flaky_InQuarantine_RedOnTheChangeIsForAPersonAndARefusalEndsTheAttemptOnly()
    {
        var second = Write("42, counted").Insert(1, " when: \"count it\",");
        var state = await RunAsync(Flaky("0,1,1,1,0", "reruns: 1, quarantine: true", $"[ {Write("42")}, {second} ]"));
        state.Status.ShouldBe(LoopStatus.Waiting, state.StopReason);
        state.Approval!.Asked.Reasons.ShouldNotBeNull().ShouldHaveSingleItem().ShouldContain("in quarantine");

        await Host.SignalAsync(state.Id, new ApprovalSignal("a", "ann", state.Approval.Seq, false, "count it"), Patient);

        state = await UntilAsync(state.Id, s => s.IsTerminal);
        (state.Status, state.Attempt).ShouldBe((LoopStatus.Verified, 2), state.StopReason);
        state.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldBe("ann refused the change: count it");
        state.Baseline["old"].Outcome.ShouldBe(GateOutcome.Passed);
    }

    private Engine.Specs.LoopSpec Flaky(string codes, string flaky, string? replies = null) =>
        Spec(
            replies ?? $"[ {Write("42")} ]",
            gates: $"[ {{ name: answer, run: has answer.txt 42 }}, {{ name: old, run: \"codes {codes}\", baseline: pass, flaky: {{ {flaky} }} }} ]"
        );

    private async Task<JsonElement> PredicateAsync(LoopId loop)
    {
        var envelope = JsonDocument.Parse((await Host.ReadProofAsync(loop, Patient))!.Value).RootElement;
        return JsonDocument.Parse(envelope.GetProperty("payload").GetBytesFromBase64()).RootElement.GetProperty("predicate");
    }
}
