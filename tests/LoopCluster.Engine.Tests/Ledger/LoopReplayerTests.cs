using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Ledger;

public class LoopReplayerTests
{
    [Fact]
    public void Next_LedgerOfARun_HasNoDifferenceAndCountsEffects()
    {
        var history = Verified();
        var replayer = new LoopReplayer(LoopFold.Begin(LedgerCodec.Read(history.Lines[0])));
        foreach (var line in history.Lines.Skip(1))
        {
            replayer.Next(LedgerCodec.Read(line));
        }

        replayer.Differences.ShouldBeEmpty();
        replayer.Effects.ShouldBeGreaterThan(10);
        StateDump.Of(replayer.State).ShouldBe(StateDump.Of(history.State));
    }

    /// <summary>Somebody rewrites one event and seals the whole chain anew: hashes fit, the story does not.</summary>
    [Theory]
    [MemberData(nameof(Lies))]
    public void Next_EventRewrittenUnderAGoodChain_IsFound(string what, Func<LoopEvent, LoopEvent?> lie)
    {
        var (lied, seq) = (false, 0L);
        LoopReplayer? replayer = null;
        var prev = LedgerHash.Genesis(Sample.Loop);
        foreach (var line in Verified().Lines)
        {
            var entry = LedgerCodec.Read(line);
            var events = entry
                .Events.SelectMany(e =>
                {
                    var told = lie(e);
                    lied |= told != e;
                    return told is null ? []
                        : told is NoteKept or LoopVerified && told != e ? (LoopEvent[])[e, told]
                        : [told];
                })
                .ToList();
            if (events.Count == 0)
            {
                continue;
            }

            var forged = LedgerCodec.Read(LedgerCodec.Seal(entry.Loop, ++seq, entry.At, entry.Epoch, events, prev));
            prev = forged.Hash;
            if (replayer is null)
            {
                replayer = new LoopReplayer(LoopFold.Begin(forged));
            }
            else
            {
                replayer.Next(forged);
            }
        }

        lied.ShouldBeTrue(what);
        replayer!.Differences.ShouldNotBeEmpty(what);
    }

    public static TheoryData<string, Func<LoopEvent, LoopEvent?>> Lies() =>
        new()
        {
            {
                "gate made green",
                e =>
                    e is GateCompleted { Phase: GatePhase.Verify, Outcome: GateOutcome.Failed } g
                        ? g with
                        {
                            Outcome = GateOutcome.Passed,
                            ExitCode = 0,
                        }
                        : e
            },
            {
                "baseline made green",
                e => e is GateCompleted { Phase: GatePhase.Baseline } g ? g with { Outcome = GateOutcome.Passed } : e
            },
            {
                "gate of another tree",
                e => e is GateCompleted { Phase: GatePhase.Verify, Outcome: GateOutcome.Passed } g ? g with { Tree = "t9" } : e
            },
            { "other request", e => e is ModelRequested { Turn: 1 } m ? m with { RequestHash = Sample.Hash("x") } : e },
            { "request of another tier", e => e is ModelRequested { Turn: 1 } m ? m with { Tier = "cheap" } : e },
            { "request for another cause", e => e is ModelRequested { Turn: 1 } m ? m with { Cause = RouteCause.Retried } : e },
            { "request to another model", e => e is ModelRequested { Turn: 1 } m ? m with { Model = "cheaper" } : e },
            { "request of another agent", e => e is ModelRequested { Turn: 1 } m ? m with { Agent = "plan" } : e },
            { "reservation lowered", e => e is ModelRequested { Turn: 0 } m ? m with { Reserved = m.Reserved with { Cost = 0 } } : e },
            { "reply changed", e => e is ModelReplied { Tools.Count: > 0 } m ? m with { Text = "something else" } : e },
            { "usage lowered", e => e is ModelReplied { Tools.Count: > 0 } m ? m with { Usage = new Usage(0, 0) } : e },
            { "result changed", e => e is ToolCompleted { Tool: "shell" } t ? t with { Output = OutputText.Inline("other") } : e },
            { "call swapped", e => e is ToolRequested { Tool: "write_file" } t ? t with { Call = "call_1", Tool = "done" } : e },
            { "failure's reason changed", e => e is AttemptFailed a ? a with { Reason = "bad luck" } : e },
            { "commit of another tree", e => e is WorkspaceCommitted w ? w with { Tree = "t9" } : e },
            { "note from nowhere", e => e is AttemptStarted ? new NoteKept("do as I say") : e },
            {
                "verified early",
                e =>
                    e is GateStarted { Phase: GatePhase.Verify }
                        ? new LoopVerified
                        {
                            Commit = "commit-1",
                            Tree = "t1",
                            Proof = Sample.Blob("p"),
                        }
                        : e
            },
            { "verified on another tree", e => e is LoopVerified v ? v with { Tree = "t0" } : e },
            { "rule of a call changed", e => e is ToolRequested { Tool: "shell" } t ? t with { Rule = "policy.rules[0]" } : e },
            { "class of a call changed", e => e is ToolRequested { Tool: "shell" } t ? t with { Class = EffectClass.Pure } : e },
            { "reservation of a call lowered", e => e is ToolRequested { Tool: "shell" } t ? t with { ReservedSeconds = 1 } : e },
            { "approval made up", e => e is ToolRequested { Tool: "shell" } t ? t with { Approval = 3 } : e },
            { "reservation of prepare lowered", e => e is PrepareStarted p ? p with { ReservedSeconds = 1 } : e },
            { "reservation of a gate lowered", e => e is GateStarted { Phase: GatePhase.Verify } g ? g with { ReservedSeconds = 1 } : e },
            {
                "verdict against the exit code",
                e =>
                    e is GateCompleted { Phase: GatePhase.Verify, Outcome: GateOutcome.Failed } g
                        ? g with
                        {
                            Outcome = GateOutcome.Passed,
                        }
                        : e
            },
            {
                "verdict against how it ended",
                e => e is GateCompleted { Phase: GatePhase.Verify, Outcome: GateOutcome.Passed } g ? g with { End = RunEnd.TimedOut } : e
            },
            {
                "verdict against what steers",
                e =>
                    e is GateCompleted { Phase: GatePhase.Verify, Outcome: GateOutcome.Passed } g
                        ? g with
                        {
                            Steering = ["conftest.py"],
                        }
                        : e
            },
            { "cost lowered", e => e is ModelReplied { Tools.Count: > 0 } m ? m with { Cost = 0 } : e },
            { "reservation settled where usage was told", e => e is ModelReplied { Tools.Count: > 0 } m ? m with { Assumed = true } : e },
            { "usage told and not counted", e => e is ModelReplied { Assumed: false } m ? m with { Told = m.Usage, Assumed = true } : e },
            { "base of another import", e => e is BaseImported b ? b with { Rules = "Do as you please." } : e },
            { "import refused after the base was there", e => e is PrepareStarted ? new ImportFailed("workspace-unreadable", []) : e },
            { "prepare before the base was there", e => e is BaseImported ? null : e },
            { "prepare failed for nothing", e => e is BasePrepared ? new PrepareFailed("no") : e },
            { "violation made up", e => e is WorkspaceCommitted w ? w with { Violations = ["a.txt"] } : e },
            {
                "violation hidden",
                e => e is LoopCreated c ? c with { Spec = c.Spec with { Changes = new ChangeLimits { Deny = ["a.txt"] } } } : e
            },
            { "tool requested without intent", e => e is ToolRequested ? null : e },
            { "spec raised", e => e is LoopCreated c ? c with { Spec = c.Spec with { Goal = "Another goal" } } : e },
        };

    private static History Verified()
    {
        var history = History
            .InAttempt()
            .Replied(Sample.Call("shell"))
            .Ran("a listing")
            .Claims("t1")
            .Gate(GateOutcome.Failed, "1 failed")
            .Claims("t2")
            .Gate(GateOutcome.Passed);
        history.Then<Prove>();
        return history.Given(
            new LoopVerified
            {
                Commit = history.State.Workspace.Commit,
                Tree = "t2",
                Proof = Sample.Blob("proof"),
            }
        );
    }
}
