using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Loops;

public class StrengthTests
{
    private static CommandGate Tests => (CommandGate)Sample.Gate("tests");

    [Fact]
    public void Next_LoopOfAnEarlierVersion_IsProvenWithoutAProbe() =>
        History.InAttempt().Says("done").Gate(GateOutcome.Passed).Then<Prove>();

    [Fact]
    public void Next_GateIsGreen_ACanaryMustTurnItRed()
    {
        var history = Green();
        var start = history.Then<RunGate>().Start;
        (start.Phase, start.Tree, start.Run).ShouldBe((GatePhase.Canary, history.State.Workspace.Tree, 1));
        start.Nonce.ShouldBe(StrengthRules.NonceOf(history.State));

        Probe(
                history,
                exitCode: 1,
                new GateProbe
                {
                    Kind = "unittest",
                    Paths = ["test_calc.py"],
                    Seen = true,
                }
            )
            .Then<Prove>();

        StrengthRules.Of(history.State, Tests).Canary.ShouldBe("seen");
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "assertEqual never fails")]
    public void Next_CanaryIsGreenOrFindsWhatNeverFails_TheAttemptFails(int exitCode, string? fooled)
    {
        var history = Green();

        Probe(
            history,
            exitCode,
            new GateProbe
            {
                Kind = "unittest",
                Paths = ["test_calc.py"],
                Fooled = fooled,
            }
        );

        var failed = history.State.FailedAttempts.ShouldHaveSingleItem();
        failed.Reason.ShouldStartWith("gate-fooled: gate 'tests' stays green with failing checks added");
        failed.Reason.ShouldContain(fooled ?? "test_calc.py");
    }

    [Fact]
    public void Next_NoCanaryIsKnown_IsSaidAndNoFault()
    {
        var history = Probe(Green(), exitCode: null, new GateProbe());

        history.Then<Prove>();
        StrengthRules.Of(history.State, Tests).Canary.ShouldBe("none");
    }

    [Fact]
    public void Next_NoCanaryIsKnownAndOneIsWanted_StopsTheLoop() =>
        Probe(Green(Tests with { Strength = new StrengthSpec(Canary: true) }), exitCode: null, new GateProbe())
            .ThenStopped(LoopStatus.GateUnavailable, "give 'canary: { path: text }'");

    [Fact]
    public void Next_CanaryIsTurnedOff_IsNotRun() => Green(Tests with { Canary = new Dictionary<string, string>() }).Then<Prove>();

    [Fact]
    public void Next_ChangeHoldsTests_TheyAloneMustNotMeetTheGoal()
    {
        var history = Probe(Green(changed: ["calc.py", "tests/test_calc.py"]), 1, new GateProbe { Kind = "unittest", Seen = true });
        history.Then<RunGate>().Start.Phase.ShouldBe(GatePhase.Counterfactual);

        Probe(
            history,
            0,
            new GateProbe
            {
                Kind = "steering",
                Paths = ["tests/test_calc.py"],
                Whole = false,
            }
        );

        history.State.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("nothing but tests/test_calc.py of the change");
    }

    [Fact]
    public void Next_ChangeIsNothingButTests_APersonIsAsked()
    {
        var history = Probe(Green(changed: ["tests/test_calc.py"]), 1, new GateProbe { Kind = "unittest", Seen = true });
        Probe(
            history,
            0,
            new GateProbe
            {
                Kind = "steering",
                Paths = ["tests/test_calc.py"],
                Whole = true,
            }
        );
        history.Then<Wait>();

        history.State.Approval.ShouldNotBeNull().Asked.Kind.ShouldBe(ApprovalKind.Change);
        history.Given(new ApprovalGiven("a1", history.State.Approval.Seq, "ann", Granted: true)).Then<Prove>();
    }

    [Fact]
    public void Next_SpecAllowsThePath_ItIsNoSteeringPart() =>
        SteeringPart
            .Of(Sample.Spec() with { Changes = new ChangeLimits { Steer = ["tests/**"] } }, ["tests/test_a.py", "conftest.py", "calc.py"])
            .ShouldBe(["conftest.py"]);

    [Fact]
    public void Next_Sabotage_EachPartInTurnUpToTheBoundAndTheShareIsWanted()
    {
        var history = Green(Tests with { Canary = new Dictionary<string, string>(), Strength = new StrengthSpec(Sabotage: 0.8) });
        foreach (var (run, exitCode) in new[] { (1, 1), (2, 0), (3, 1) })
        {
            history.Then<RunGate>().Start.ShouldSatisfyAllConditions(s => s.Phase.ShouldBe(GatePhase.Sabotage), s => s.Run.ShouldBe(run));
            Probe(
                history,
                exitCode,
                new GateProbe
                {
                    Kind = "reverted",
                    Paths = [$"calc.py:{run}"],
                    Of = 3,
                }
            );
        }

        history.State.FailedAttempts.ShouldHaveSingleItem().Reason.ShouldContain("notices 2 of 3 parts of the change");
        history.State.FailedAttempts[0].Reason.ShouldContain("does not look at calc.py:2");
    }

    [Fact]
    public void Next_FewerTestsThanOnTheBase_IsNoPass()
    {
        var state = Green(baseTests: 5).State;

        GateVerdict.Least(state, Tests).ShouldBe(5);
        Verdict(4).ShouldBe(GateOutcome.FewerTests);
        Verdict(null).ShouldBe(GateOutcome.FewerTests);
        Verdict(5).ShouldBe(GateOutcome.Passed);
        GateOutcome Verdict(int? tests) =>
            GateVerdict.Of(Tests, GatePhase.Verify, Run(0) with { Tests = tests }, GateVerdict.Least(state, Tests));
    }

    [Fact]
    public void Replay_LedgerThatHidesAGreenCanary_IsADifference()
    {
        var history = Green();
        var lied = GateVerdict.Conclude(
            Tests,
            history.Then<RunGate>().Start,
            Run(0) with
            {
                Probe = new GateProbe { Kind = "unittest" },
            }
        ) with
        {
            Outcome = GateOutcome.Failed,
        };
        history.Given(history.Next.Intent!).Given(lied);

        var replayer = new LoopReplayer(LoopFold.Begin(LedgerCodec.Read(history.Lines[0])));
        foreach (var line in history.Lines.Skip(1))
        {
            replayer.Next(LedgerCodec.Read(line));
        }

        replayer.Differences.ShouldHaveSingleItem().What.ShouldContain("the verdict on gate 'tests' is Passed");
    }

    /// <summary>An attempt whose gate is green, in a loop whose gates are tested themselves.</summary>
    private static History Green(CommandGate? gate = null, IReadOnlyList<string>? changed = null, int? baseTests = null)
    {
        var history = History.Of(Sample.Created(Sample.Spec(gate ?? Tests))).Imported(Sample.Imported with { Strength = 1 }).Prepared();
        var red = history.Then<RunGate>();
        history.Given(red.Intent!).Given(GateVerdict.Conclude(gate ?? Tests, red.Start, Run(1) with { Tests = baseTests })).Decide();
        history.Replied(Sample.Call("write_file", "{\"x\":\"t1\"}"), Sample.Call("done", "{}", "call_1"));
        var written = new ToolCompleted
        {
            Call = history.Admitted().Id,
            Tool = "write_file",
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline("written"),
        };
        var paths = changed ?? ["calc.py"];
        history.Given(written, history.Commit("t1") with { Changed = paths, Files = paths.Count }).Decide().Ran("done");
        return baseTests is null ? history.Gate(GateOutcome.Passed) : history;
    }

    private static History Probe(History history, int? exitCode, GateProbe probe)
    {
        var effect = history.Then<RunGate>();
        effect.Start.IsProbe.ShouldBeTrue();
        return history
            .Given(effect.Intent!)
            .Given(GateVerdict.Conclude(effect.Gate, effect.Start, Run(exitCode) with { Probe = probe }))
            .Decide();
    }

    private static GateRun Run(int? exitCode) =>
        new()
        {
            End = exitCode is null ? RunEnd.NotBegun : RunEnd.Exited,
            ExitCode = exitCode,
            Output = OutputText.Inline(""),
            ImageId = "sha256:image",
            SandboxSeconds = 1,
        };
}
