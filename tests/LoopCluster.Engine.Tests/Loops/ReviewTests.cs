using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

/// <summary>What is green, and yet waits for a person.</summary>
public class ReviewTests
{
    private static readonly Dictionary<string, string> None = [];
    private static readonly CommandGate Tests = Sample.Gate("tests") with { Canary = None };

    [Fact]
    public void Next_GreenChangeThatSteers_WaitsAndIsProvenOnceAPersonSaidYes()
    {
        var history = Green();
        history.State.Status.ShouldBe(LoopStatus.Waiting);
        var asked = history.State.Approval.ShouldNotBeNull();
        asked.Asked.Reasons.ShouldBe(["the change steers verification: conftest.py"]);
        (asked.Asked.Rule, asked.Asked.Tree).ShouldBe(("review", "t1"));

        history.Given(new ApprovalGiven("a", asked.Seq, "ann", true)).Then<Prove>();
    }

    [Fact]
    public void Next_RedChangeThatSteers_FailsWithoutAPerson()
    {
        var history = Claimed();
        Ran(history, GateOutcome.Failed);
        history.State.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("gate 'tests' failed");
        System
            .Text.Encoding.UTF8.GetString(history.Then<CallModel>().Body.Span)
            .ShouldContain("Files of yours that steer the gate: without them nobody has to be asked");
    }

    [Fact]
    public void Next_PersonRefuses_TheSameFilesAreNotAskedAboutAgain()
    {
        var history = Green();
        history.Given(new ApprovalGiven("a", history.State.Approval!.Seq, "ann", false, "no conftest")).Decide();
        history.State.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldBe("ann refused the change: no conftest");

        history.Says("done").ThenStopped(LoopStatus.Stuck, "attempt 2 ended on the same files as attempt 1");
    }

    [Fact]
    public void Next_YesToOneTree_IsNoneToAnother()
    {
        var history = Green();
        history.Given(new ApprovalGiven("a", history.State.Approval!.Seq, "ann", false)).Decide();
        history.Claims("t2");
        Ran(history, GateOutcome.Passed);
        history.State.Approval.ShouldNotBeNull().Asked.Tree.ShouldBe("t2");
    }

    [Fact]
    public void Next_JudgesAreAskedBeforeAPersonIs()
    {
        var gate = Judges.Gate(perspectives: ["scope"]);
        var created = Judges.Asked(gate).State.Created;
        var spec = created.Spec with { Gates = [Tests, gate] };
        var history = Claimed(created with { Spec = spec });
        Ran(history, GateOutcome.Passed);
        history.Then<BriefJudges>();
    }

    [Fact]
    public void Next_ChangeIsNothingButTests_IsAReasonLikeAnyOther()
    {
        var history = Claimed(changed: ["tests/test_a.py"]);
        Ran(history, GateOutcome.Passed, steers: false);
        var probe = history.Then<RunGate>();
        probe.Start.Phase.ShouldBe(GatePhase.Counterfactual);
        var run = new GateRun
        {
            End = RunEnd.Exited,
            ExitCode = 0,
            Output = OutputText.Inline(""),
            Probe = new GateProbe
            {
                Kind = "steering",
                Paths = ["tests/test_a.py"],
                Whole = true,
            },
        };
        history.Given(probe.Intent!).Given(GateVerdict.Conclude(probe.Gate, probe.Start, run)).Decide();
        history.State.Approval.ShouldNotBeNull().Asked.Reasons.ShouldNotBeNull().ShouldHaveSingleItem().ShouldContain("nothing but tests");
    }

    private static History Green()
    {
        var history = Claimed();
        Ran(history, GateOutcome.Passed);
        return history;
    }

    private static void Ran(History history, GateOutcome outcome, bool steers = true)
    {
        var gate = history.Then<RunGate>();
        var completed = History.Completed(gate.Start, outcome, "out") with { Steers = steers ? ["conftest.py"] : null };
        history.Given(gate.Intent!).Given(completed).Decide();
    }

    private static History Claimed(LoopCreated? created = null, string[]? changed = null)
    {
        var history = History.InAttempt(
            created ?? Sample.Created(Sample.Spec(Tests)),
            Sample.Imported with
            {
                Strength = StrengthRules.Version,
            }
        );
        history.Replied(Sample.Call("write_file", "{\"x\":\"t1\"}"), Sample.Call("done", "{}", "call_1"));
        var written = new ToolCompleted
        {
            Call = history.Admitted().Id,
            Tool = "write_file",
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline("written"),
        };
        var paths = changed ?? ["a.txt"];
        return history.Given(written, history.Commit("t1") with { Changed = paths, Files = paths.Length }).Decide().Ran("done");
    }
}
