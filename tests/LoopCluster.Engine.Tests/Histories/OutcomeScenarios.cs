using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Skills;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Histories;

/// <summary>Golden histories of what loops met : outages, pauses, lessons, and gates that are steered, flaky or lack a tool.</summary>
internal static class OutcomeScenarios
{
    public static readonly IReadOnlyDictionary<string, Func<IReadOnlyList<LedgerLine>>> All = new Dictionary<
        string,
        Func<IReadOnlyList<LedgerLine>>
    >
    {
        ["asked-again"] = () =>
            Delivered(
                History
                    .InAttempt()
                    .Says("")
                    .Says("<tool_call>{\"name\":\"shell\",\"arguments\":{}}</tool_call>")
                    .Says("half a", ReplyFinish.Length)
            ).Lines,
        ["dialect-learned"] = () => Learned().Lines,
        ["outage-parked"] = () => Parked().Lines,
        ["refused-parked"] = () => Refused().Lines,
        ["paused-resumed"] = () => Paused().Lines,
        ["gate-flaky"] = () => Flaky().Lines,
        ["gate-quarantined"] = () => Quarantined().Lines,
        ["gate-steered"] = () =>
            Delivered(
                History.InAttempt().Claims("t1").Gate(GateOutcome.Steered, "sitecustomize.py is new and runs before the tests")
            ).Lines,
        ["judges-reject-then-approve"] = () => Judged().Lines,
        ["plan-of-steps"] = () => Planned().Lines,
        ["skills-chosen"] = () => Skilled().Lines,
        ["gate-missing-tool"] = () => MissingTool().Lines,
        ["gate-probed"] = () => Probed().Lines,
        ["allotments"] = () => Allotted().Lines,
        ["queued-paused-admitted"] = () => Queued().Lines,
        ["import-retried"] = () =>
            Delivered(
                History
                    .Of()
                    .Given(new StageEntered(LoopStage.Discover))
                    .Given(new InfrastructureFailed("workspace-unavailable", "connection refused"))
                    .After(2)
                    .Crashed()
                    .Prepared()
                    .Gate(GateOutcome.Failed, "boom")
            ).Lines,
        ["import-refused"] = () =>
            History
                .Of()
                .Given(new StageEntered(LoopStage.Discover))
                .Given(new ImportFailed("workspace-unreadable", [new InputFault("workspace.ref", "The repository has no commit 'v9'.")]))
                .Decide()
                .Lines,
        ["turn-too-long"] = () => TooLong().Lines,
    };

    /// <summary>A plan at the second try, whose steps are done one after the other.</summary>
    private static History Planned()
    {
        var history = Drafts.Due().Says(Drafts.Circle).Says(Drafts.Good);
        Drafts.Checked(history.Replied(Drafts.Call("parse")));
        Drafts.Checked(history.Replied(Drafts.Call("print")), exitCode: 1);
        history.Claims("t1").Gate(GateOutcome.Failed, "boom");
        Drafts.Checked(history.Replied(Drafts.Call("print")));
        return Delivered(history);
    }

    /// <summary>Two attempts with skills, in a repository with rules of both kinds.</summary>
    private static History Skilled()
    {
        var library = Guides.Library();
        var imported = Sample.Imported with
        {
            RuleFiles = [new RulesFile(".agent/RULES.md"), new RulesFile("AGENTS.md", "Use tabs."), new RulesFile("web/AGENTS.md", "No.")],
            Skills = Guides.Found(library),
        };
        var history = History.InAttempt(Sample.Created(Sample.Spec()), imported);
        history.Given(SkillRules.Choose(history.State, [library])).Decide();
        history.Claims("t1").Gate(GateOutcome.Failed, "the PostgreSQL migration has no way back");
        return Delivered(history.Given(SkillRules.Choose(history.State, [library])).Decide());
    }

    /// <summary>
    /// One judge finds fault and one answers nonsense; the driver dies while one reads, and before a reply is read; the next change is
    /// approved.
    /// </summary>
    private static History Judged()
    {
        var history = Judges
            .Asked(Judges.Gate(perspectives: ["correctness", "security"]))
            .Judged(Judges.Reject)
            .Judged("It looks fine to me.")
            .Judged("""{"verdict":"approve","evidence":[{"path":"nowhere.txt","line":1,"note":"fine"}],"findings":[]}""");
        history.Asked();
        history.Given(History.Reply(Sample.Call("read_file", """{"x":"a.txt"}"""))).Crashed().Decide();
        var read = history.Then<ReadForJudge>();
        history.Given(
            new JudgeRead
            {
                Agent = read.Agent,
                Call = read.Call.Id,
                Tool = read.Call.Name,
                Outcome = ToolOutcome.Ok,
                Output = OutputText.Inline("a\nb\n"),
            }
        );
        history.Asked();
        history.Given(History.Reply() with { Text = Judges.Approve }).Crashed().Read();
        history.Claims("t2").Gate(GateOutcome.Passed, "Ran 3 tests\nOK").Briefed();
        return Proved(history.Judged(Judges.Approve).Judged(Judges.Reject).Judged(Judges.Approve));
    }

    private static History Delivered(History history)
    {
        history.Claims("t9").Gate(GateOutcome.Passed, "Ran 3 tests\nOK").Then<Prove>();
        return Proved(history);
    }

    /// <summary>Fooled once, then honest; parts of the change are taken back.</summary>
    private static History Probed()
    {
        var gate = Sample.Gate("tests") with { Sabotage = 2 };
        var history = History.Of(Sample.Created(Sample.Spec(gate))).Imported(Sample.Imported with { Strength = 1 }).Prepared();
        history.Gate(GateOutcome.Failed, "boom").Claims("t1").Gate(GateOutcome.Passed);
        Probe(
            new GateProbe
            {
                Kind = "unittest",
                Paths = ["test_a.py"],
                Seen = true,
                Fooled = "assertEqual never fails",
            },
            0
        );
        history.Claims("t2").Gate(GateOutcome.Passed);
        Probe(
            new GateProbe
            {
                Kind = "unittest",
                Paths = ["test_a.py"],
                Seen = true,
            },
            1
        );
        Probe(
            new GateProbe
            {
                Kind = "reverted",
                Paths = ["a.txt:3"],
                Of = 2,
            },
            1
        );
        Probe(
            new GateProbe
            {
                Kind = "reverted",
                Paths = ["a.txt:1"],
                Of = 2,
            },
            0
        );
        history.Then<Prove>();
        return Proved(history);

        void Probe(GateProbe probe, int exitCode)
        {
            var effect = history.Then<RunGate>();
            var run = new GateRun
            {
                End = RunEnd.Exited,
                ExitCode = exitCode,
                Output = OutputText.Inline("Ran 3 tests in 0.1s"),
                ImageId = "sha256:image",
                SandboxSeconds = 1,
                Tests = 3,
                Probe = probe,
            };
            history.Given(effect.Intent!).Given(GateVerdict.Conclude(gate, effect.Start, run)).Decide();
        }
    }

    /// <summary>
    /// One allotment for a call, refused while others hold the rest, the driver dies while it draws, paused, and drawn anew.
    /// </summary>
    private static History Allotted()
    {
        var day = new DateOnly(2026, 1, 2);
        var history = History.InAttempt().Given(new DriverStarted(2, "here") { Account = true });
        var first = history.Then<DrawAllotment>();
        history.Given(first.Intent!).Given(new AllotmentDrawn(first.Draw.Lease, first.Draw.Wish, day)).Replied(Sample.Call("shell")).Ran();
        var second = history.Then<DrawAllotment>();
        history.Given(second.Intent!).Given(new AllotmentRefused(second.Draw.Lease, "nothing is left", Held: true)).After(1);
        history.Given(history.Then<DrawAllotment>().Intent!).Given(new DriverStarted(3, "there") { Account = true });
        var third = history.Then<DrawAllotment>();
        history.Given(third.Intent!).Given(new AllotmentDrawn(third.Draw.Lease, new SpendAmount(90_000, 1m), day));
        history.Given(new PauseRequested("p1", "ann", "not now")).Decide().Given(new ResumeRequested("r1", "ann"));
        var last = history.Then<DrawAllotment>();
        history.Given(last.Intent!).Given(new AllotmentDrawn(last.Draw.Lease, new SpendAmount(900_000, 9m), day));
        return Delivered(history);
    }

    private static History Queued()
    {
        var history = History.Of(Sample.Created(Sample.Spec()), new LoopQueued(1));
        history.Then<Wait>();
        history.Given(new PauseRequested("p1", "ann", "not yet")).Given(new LoopAdmitted(AdmissionRules.SignalId, 0, 1)).Then<Wait>();
        return Delivered(history.Given(new ResumeRequested("r1", "ann")).Prepared().Gate(GateOutcome.Failed, "boom"));
    }

    private static History Proved(History history) =>
        history.Given(
            new LoopVerified
            {
                Commit = history.State.Workspace.Commit,
                Tree = history.State.Workspace.Tree,
                Proof = Sample.Blob("proof"),
                Branch = "loop/loop-1",
                Delivered = new DeliveredChange
                {
                    Commit = "delivered-1",
                    Tree = history.State.Workspace.Tree,
                    Pack = Sample.Blob("delivered"),
                    Files = 1,
                    Lines = 3,
                    Restored = ["tests/test_a.py"],
                },
            }
        );

    private static ModelFailed Failed(ModelFailureKind kind, string message) =>
        new()
        {
            Kind = kind,
            Message = message,
            Usage = new Usage(0, 0),
            Cost = 0,
        };

    private static History Learned()
    {
        var history = History.InAttempt();
        history.Asked();
        return Delivered(
            history.Given(
                Failed(ModelFailureKind.Refused, "HTTP 400: use max_completion_tokens") with
                {
                    Rejected = new RejectedParameter("max_tokens", "max_completion_tokens"),
                }
            )
        );
    }

    private static History Parked()
    {
        var history = History.InAttempt(Sample.Spec() with { Outage = Duration.FromSeconds(5) });
        while (history.Decide().Next is CallModel call)
        {
            history
                .After(Math.Max(0, (call.NotBefore - history.State.UpdatedAt).TotalSeconds))
                .Given(call.Intent!)
                .Given(Failed(ModelFailureKind.Overloaded, "HTTP 503: loading model"));
        }

        return Delivered(history.After(86_400).Crashed());
    }

    private static History Refused()
    {
        var history = History.InAttempt();
        history.Asked();
        return Delivered(history.Given(Failed(ModelFailureKind.Refused, "HTTP 401: no such key")).Decide().After(60).Crashed());
    }

    private static History Paused()
    {
        var history = History.InAttempt();
        history.Asked();
        history
            .Given(new PauseRequested("p", "ann", "lunch"))
            .Given(History.Reply(Sample.Call("shell", "{\"x\":\"ls\"}")))
            .After(3600)
            .Given(new ResumeRequested("r", "ann"));
        return Delivered(history.Ran("a.txt"));
    }

    private static History Flaky()
    {
        var history = History
            .InAttempt(Sample.Spec(Sample.Gate("tests") with { Flaky = new FlakySpec(1) }))
            .Claims("t1")
            .Gate(GateOutcome.Failed, "lost a race")
            .Gate(GateOutcome.Passed, "OK");
        return Proved(history);
    }

    /// <summary>
    /// One gate is flaky on the base and in quarantine; a person refuses its red once and then takes the change, whose other gate was
    /// flaky as well.
    /// </summary>
    private static History Quarantined()
    {
        var none = new Dictionary<string, string>();
        CommandGate[] gates =
        [
            Sample.Gate("tests") with
            {
                Canary = none,
                Flaky = new FlakySpec(1),
            },
            Sample.Gate("old") with
            {
                Canary = none,
                Baseline = GateBaseline.Pass,
                Flaky = new FlakySpec(1) { Quarantine = true },
            },
        ];
        var history = History
            .InAttempt(Sample.Created(Sample.Spec([.. gates])), Sample.Imported with { Strength = StrengthRules.Version })
            .Gate(GateOutcome.Failed, "lost a race")
            .Claims("t1")
            .Gate(GateOutcome.Passed, "OK")
            .Gate(GateOutcome.Failed, "lost a race")
            .Gate(GateOutcome.Failed, "lost a race");
        history.Given(new ApprovalGiven("a", history.State.Approval!.Seq, "ann", false, "look again")).Decide();
        history
            .Claims("t2")
            .Gate(GateOutcome.Failed, "lost a race")
            .Gate(GateOutcome.Passed, "OK")
            .Gate(GateOutcome.Timeout)
            .Gate(GateOutcome.Failed, "lost a race")
            .Gate(GateOutcome.Failed, "boom");
        return Proved(history.Given(new ApprovalGiven("b", history.State.Approval!.Seq, "ann", true)));
    }

    private static History MissingTool()
    {
        var history = History
            .Of(Sample.Spec(Sample.Gate("build"), Sample.Gate("tests")))
            .Prepared()
            .Gate(GateOutcome.Failed, "does not compile");
        var gate = history.Then<RunGate>();
        var failed = History.Completed(gate.Start, GateOutcome.Failed, "No module named pytest") with
        {
            Missing = new MissingTool("pytest", "/usr/bin/python3: No module named pytest"),
        };
        return history.Given(gate.Intent!).Given(failed).Decide();
    }

    private static History TooLong()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 4096 })));
        var calls = Enumerable.Range(0, 120).Select(i => Sample.Call("shell", $"{{\"x\":{i}}}", $"call_{i}")).ToArray();
        history.Replied(calls);
        foreach (var call in calls)
        {
            history.Ran(call.Id);
        }

        return Delivered(history);
    }
}
