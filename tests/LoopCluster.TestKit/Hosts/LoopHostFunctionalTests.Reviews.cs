using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.TestKit.Hosts;

/// <summary>Changes that are green and wait for a person.</summary>
public abstract partial class LoopHostFunctionalTests
{
    private const string Workflow = ".github/workflows/test.yml";

    [SkippableFact]
    public async Task Review_GreenChangeSteersVerification_IsNotVerifiedUntilAPersonSaysYes()
    {
        var state = await RunAsync(Spec($"[ {WriteBoth} ]"));

        state.Status.ShouldBe(LoopStatus.Waiting, state.StopReason);
        state.Approval!.Asked.Reasons.ShouldBe([$"the change steers verification: {Workflow}"]);
        state.GateResults["answer"].Steers.ShouldBe([Workflow]);

        await Host.SignalAsync(state.Id, new ApprovalSignal("a", "ann", state.Approval.Seq, true, null), Patient);

        state = await UntilAsync(state.Id, s => s.IsTerminal);
        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        var proof = await PredicateAsync(state.Id);
        proof.GetProperty("approvedIn").GetInt64().ShouldBe(state.Grant!.Seq);
        proof.GetProperty("gates")[0].GetProperty("steers")[0].GetString().ShouldBe(Workflow);
    }

    [SkippableFact]
    public async Task Review_SpecAllowsThePathByName_NobodyIsAsked()
    {
        var state = await RunAsync(Spec($"[ {WriteBoth} ]", "changes: { steer: [.github/**] }"));

        state.Status.ShouldBe(LoopStatus.Verified, state.StopReason);
        state.GateResults["answer"].Steers.ShouldBeNull();
    }

    [SkippableFact]
    public async Task Review_RedChangeSteersVerification_FailsAndTheNextAttemptIsVerified()
    {
        const string Clean = """{ when: "steer the gate", tools: [ { name: shell, arguments: { command: "exit 0" } } ] }""";
        var wrong = WriteBoth.Replace("42", "41", StringComparison.Ordinal);

        var state = await RunAsync(Spec($"[ {wrong}, {Clean}, {Write("42")} ]"));

        state.Status.ShouldBe(LoopStatus.Waiting, "the workflow is still there");
        state.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("answer.txt lacks 42");
        state.GateResults["answer"].Outcome.ShouldBe(GateOutcome.Passed);
    }

    private static string WriteBoth =>
        $$"""{ tools: [ { name: write_file, arguments: { path: {{Workflow}}, content: "on: push\n" } }, { name: write_file, arguments: { path: answer.txt, content: "42\n" } }, { name: done, arguments: { summary: ready } } ] }""";
}
