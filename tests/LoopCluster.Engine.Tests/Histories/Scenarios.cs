using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Histories;

/// <summary>What the golden histories tell. A new one gets a new name.</summary>
internal static class Scenarios
{
    public static readonly IReadOnlyDictionary<string, Func<IReadOnlyList<LedgerLine>>> All = new Dictionary<string, Func<IReadOnlyList<LedgerLine>>>
    {
        ["red-fix-green"] = () => RedFixGreen().Lines,
        ["fork-after-red"] = () => Fork().Lines,
        ["cancel-in-flight"] = () => Cancelled().Lines,
        ["approval"] = () => Approval().Lines,
        ["budget-tokens"] = () => Tokens().Lines,
        ["stuck-same-action"] = () => Stuck().Lines,
        ["pruned"] = () => Pruned(new EngineVersions(1, 1)).Lines,
        ["crash-model"] = () => Crashed(h => h.Asked()).Lines,
        ["crash-pure"] = () => Crashed(h => h.Replied(Sample.Call("read_file")).Admitted()).Lines,
        ["crash-workspace"] = () => Crashed(h => h.Replied(Sample.Call("shell")).Admitted(EffectClass.Workspace, 30)).Lines,
        ["crash-external"] = () => Crashed(h => h.Replied(Sample.Call("shell")).Admitted(EffectClass.External, 30)).Lines,
        ["crash-gate"] = () => Crashed(h => h.Given(h.Claims("t1").Then<RunGate>().Intent!)).Lines,
        ["crash-prepare"] = () => Verified(History.Of().Decide().Crashed().Prepared().Gate(GateOutcome.Failed, "boom")).Lines,
        ["simulated-unavailable"] = () => Simulated(1301),
        ["simulated-budget"] = () => Simulated(2507),
        ["simulated-cancelled"] = () => Simulated(8703),
        ["simulated-rejected"] = () => Simulated(20974),
        ["simulated-stuck"] = () => Simulated(30921),
        ["simulated-verified"] = () => Simulated(37246),
        ["pruned-3-2"] = () => Pruned(new EngineVersions(3, 2)).Lines,
        ["refused-as-too-long-3-2"] = () => TooLong(new EngineVersions(3, 2)).Lines,
        ["pruned-3-3"] = () => Pruned(new EngineVersions(3, 3)).Lines,
        ["refused-as-too-long-3-3"] = () => TooLong(new EngineVersions(3, 3)).Lines,
        ["simulated-3-3"] = () => Simulated(23, new EngineVersions(3, 3)),
        ["window-filled-3-3"] = () => Filled(new EngineVersions(3, 3)).Lines,
        ["simulated-3-2"] = () => Simulated(23, new EngineVersions(3, 2)),
    };

    private static History RedFixGreen() => Verified(AfterRed());

    private static History AfterRed() => History.InAttempt(Sample.Spec(Sample.Gate("tests") with { Protect = ["tests/**"] }) with { Plan = true })
        .Says("1. write fib.py\n2. run the tests")
        .Replied(Sample.Call("write_file", """{"path":"fib.py","content":"def fib(n)\n    return n"}""", "a"), Sample.Call("note", """{"text":"fib.py is the module"}""", "b"))
        .Ran("written", EffectClass.Workspace, "t1").Ran("kept")
        .Replied(Sample.Call("done", """{"summary":"wrote fib"}""")).Ran()
        .Gate(GateOutcome.Failed, "  File \"fib.py\", line 1\n    def fib(n)\n              ^\nSyntaxError: expected ':'", 0.8);

    private static History Verified(History history)
    {
        history.Claims("t9").Gate(GateOutcome.Passed, "Ran 3 tests\nOK").Then<Prove>();
        return history.Given(new LoopVerified { Commit = history.State.Workspace.Commit, Tree = history.State.Workspace.Tree, Proof = Sample.Blob("proof"), Branch = "loop/loop-1" });
    }

    private static History Fork() => Verified(History.ForkOf(AfterRed().State, new BudgetLimits { Attempts = 2, Turns = 9 }));

    private static History Cancelled()
    {
        var history = History.InAttempt();
        history.Asked();
        return history.Given(new MessageReceived("m", "ann", "hold on")).Given(new CancelRequested("c", "ann", "wrong repository"))
            .Given(new ModelFailed { Kind = ModelFailureKind.Aborted, Message = "cut off", Usage = new Usage(10, 0), Cost = 0.00001m, Assumed = true }).Decide();
    }

    private static History Approval()
    {
        var history = History.InAttempt().Replied(Sample.Call("shell", """{"command":"rm -rf build"}"""));
        var call = history.Then<AdmitTool>().Call;
        var asked = new ApprovalAsked { Kind = ApprovalKind.Tool, Call = call.Id, Tool = call.Name, Arguments = call.Arguments, Tree = history.State.Workspace.Tree, Rule = "rule 2" };
        history.Given(asked).After(3600).Crashed().Given(new ApprovalGiven("a", history.State.Approval!.Seq, "ann", true, "fine")).Ran("removed", EffectClass.Workspace, "t1", 30, 2);
        history.Replied(Sample.Call("shell", """{"command":"curl x"}"""));
        call = history.Then<AdmitTool>().Call;
        history.Given(asked with { Arguments = call.Arguments, Tree = "t1" });
        return Verified(history.Given(new ApprovalGiven("b", history.State.Approval!.Seq, "bob", false, "no network")).Decide());
    }

    private static History Tokens()
    {
        var history = History.InAttempt(Sample.Spec() with { Budget = new BudgetLimits { Tokens = 12_000, Cost = 0.05m } });
        for (var i = 0; !history.State.IsTerminal; i++)
        {
            history.Replied(Sample.Call("shell", $"{{\"x\":{i}}}")).Decide();
            if (!history.State.IsTerminal)
            {
                history.Ran($"{i}");
            }
        }

        return history;
    }

    private static History Stuck()
    {
        var history = History.InAttempt();
        while (!history.State.IsTerminal)
        {
            history.Replied(Sample.Call("shell", "{\"x\":\"ls\"}")).Ran("nothing new");
        }

        return history;
    }

    private static History Pruned(EngineVersions versions)
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 4096 })) with { Versions = versions });
        for (var i = 0; history.State.Conversation.DroppedTurns < 6; i++)
        {
            history.Replied(Sample.Call("shell", $"{{\"x\":{i}}}")).Ran(new string('o', 400) + "\ud83d\ude00\u0001");
        }

        return Verified(history);
    }

    /// <summary>Silence, then a long talk that the endpoint refuses as too long, then a request cut down to what was refused.</summary>
    private static History TooLong(EngineVersions versions)
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 })) with { Versions = versions }).Says("");
        for (var i = 0; i < 12; i++)
        {
            history.Asked();
            history.Given(History.Reply(Sample.Call("shell", $"{{\"x\":{i}}}")) with { Usage = new Usage(900 + (250 * i), 12) }).Ran(string.Join(' ', Enumerable.Range(i, 160)));
        }

        history.Asked();
        history.Given(new ModelFailed { Kind = ModelFailureKind.ContextLength, Message = "too long", Usage = new Usage(0, 0), Cost = 0 });
        history.Given(new MessageReceived("m", "ann", "go on")).Says("cut", ReplyFinish.Length);
        history.Replied([.. Enumerable.Range(0, 3).Select(i => Sample.Call("read_file", $"{{\"x\":{i}}}", $"c{i}"))]);
        for (var i = 0; i < 3; i++)
        {
            history.Ran(new string((char)('r' + i), 3000));
        }

        return Verified(history);
    }

    /// <summary>An endpoint that bills: its window is filled, turns go, a reply is cut off for want of room, a second attempt begins with what is known.</summary>
    private static History Filled(EngineVersions versions)
    {
        var rig = new WindowRig(12_000, Tokenizers.Pieces, maxTokens: 3000, versions: versions);
        for (var i = 0; i < 90; i++)
        {
            rig.Turn("Next.", $"cat {i}.py", SampleTexts.All[i % 4](700 + (i % 5 * 150), i));
            if (rig.Fills[^1] > 0.8 && i > 40)
            {
                break;
            }
        }

        rig.Says("cut", ReplyFinish.Length);
        rig.Claim("red again");
        rig.Turn("Once more.", "cat x", SampleTexts.Numbers(3000, 3), SampleTexts.Prose(4000, 1));
        return Verified(rig.History);
    }

    private static History Crashed(Action<History> until)
    {
        var history = History.InAttempt();
        until(history);
        history.Crashed().Decide();
        switch (history.Next)
        {
            case RunTool run:
                history.Given(run.Intent!).Given(new ToolCompleted { Call = run.Call.Id, Tool = run.Call.Name, Outcome = ToolOutcome.Ok, Output = OutputText.Inline("again"), SandboxSeconds = 1 }).Decide();
                break;
            case RunGate:
                history.Gate(GateOutcome.Failed, "red");
                break;
        }

        return Verified(history);
    }

    private static IReadOnlyList<LedgerLine> Simulated(int seed) => new LoopSimulator(Tape.OfSeed(seed, 600)).Run().Lines;

    private static IReadOnlyList<LedgerLine> Simulated(int seed, EngineVersions versions)
    {
        var tape = Tape.OfSeed(seed, 4000);
        return new LoopSimulator(tape).Run(SimulatedSpec.From(tape) with { Versions = versions }).Lines;
    }
}
