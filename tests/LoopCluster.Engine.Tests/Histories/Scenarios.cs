using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Histories;

/// <summary>What the golden histories tell. A new one gets a new name.</summary>
internal static class Scenarios
{
    public static readonly IReadOnlyDictionary<string, Func<IReadOnlyList<LedgerLine>>> All = new Dictionary<
        string,
        Func<IReadOnlyList<LedgerLine>>
    >
    {
        ["red-fix-green"] = () => RedFixGreen().Lines,
        ["fork-after-red"] = () => Fork().Lines,
        ["cancel-in-flight"] = () => Cancelled().Lines,
        ["approval"] = () => Approval().Lines,
        ["budget-tokens"] = () => Tokens().Lines,
        ["calls-refused"] = () => Refused().Lines,
        ["prepare-spoils-base"] = () => PrepareSpoils().Lines,
        ["change-trespassed"] = () => Trespassed().Lines,
        ["usage-unbelievable"] = () => Unbelievable().Lines,
        ["stuck-same-action"] = () => Stuck().Lines,
        ["pruned"] = () => Pruned().Lines,
        ["crash-model"] = () => Crashed(h => h.Asked()).Lines,
        ["crash-pure"] = () => Crashed(h => h.Replied(Sample.Call("read_file")).Admitted()).Lines,
        ["crash-workspace"] = () => Crashed(h => h.Replied(Sample.Call("shell")).Admitted(EffectClass.Workspace)).Lines,
        ["crash-external"] = () => Crashed(h => h.Replied(Sample.Call("shell")).Admitted(EffectClass.External), Sample.Reaching()).Lines,
        ["crash-gate"] = () => Crashed(h => h.Given(h.Claims("t1").Then<RunGate>().Intent!)).Lines,
        ["crash-prepare"] = () => Verified(PrepareLost().Prepared().Gate(GateOutcome.Failed, "boom")).Lines,
        ["simulated-unavailable"] = () => Simulated(1963),
        ["simulated-budget"] = () => Simulated(96),
        ["simulated-cancelled"] = () => Simulated(322),
        ["simulated-rejected"] = () => Simulated(2673),
        ["simulated-stuck"] = () => Simulated(1162),
        ["simulated-verified"] = () => Simulated(2042),
        ["refused-as-too-long"] = () => TooLong().Lines,
        ["simulated-long"] = () => Simulated(23, 4000),
        ["window-filled"] = () => Filled().Lines,
        ["tiers-up-and-down"] = () => UpAndDown().Lines,
        ["explored"] = () => Explored().Lines,
    };

    /// <summary>
    /// Explored before the first attempt; then the maker asks, the explorer cites what is not there, and the driver dies while it answers
    /// again.
    /// </summary>
    private static History Explored()
    {
        var history = History.InAttempt(Explorers.Created(Sample.Spec() with { Explore = true }));
        history.Reads("a\nb\n").Answers(Explorers.Answer, new CitedFile("a.txt", 2));
        history.Replied(Sample.Call("explore", """{"question":"Where is it tested?"}""", "ask"));
        history.Reads("a\nb\n", "search").Reads("-", "write_file").Answers(Explorers.Answer, new CitedFile("a.txt"));
        history.Asked();
        history.Crashed().Decide();
        return Verified(history.Answers(Explorers.Answer, new CitedFile("a.txt", 2)));
    }

    /// <summary>
    /// Another endpoint of the cheap tier, the dear tier after the same failure twice, and back once fewer tests fail; both of the cheap
    /// tier away for a while.
    /// </summary>
    private static History UpAndDown()
    {
        var history = Tiers.Fails(Tiers.InAttempt(), ModelFailureKind.RateLimited, retryAfterMs: 4000);
        Tiers.Fails(history.Claims("t1"), 5, output: "line 3: no");
        Tiers.Fails(history.After(5).Claims("t2"), 5, output: "line 9: no");
        Tiers.Fails(history.Claims("t3"), 2);
        Tiers.Fails(history, ModelFailureKind.Overloaded);
        Tiers.Fails(history, ModelFailureKind.CircuitOpen, retryAfterMs: 1000);
        return Verified(history.After(3));
    }

    private static History RedFixGreen() => Verified(AfterRed());

    private static History AfterRed() =>
        History
            .InAttempt(Sample.Spec(Sample.Gate("tests") with { Protect = ["tests/**"] }) with { Plan = true })
            .Says("1. write fib.py\n2. run the tests")
            .Replied(
                Sample.Call("write_file", """{"path":"fib.py","content":"def fib(n)\n    return n"}""", "a"),
                Sample.Call("note", """{"text":"fib.py is the module"}""", "b")
            )
            .Ran("written", "t1")
            .Ran("kept")
            .Replied(Sample.Call("done", """{"summary":"wrote fib"}"""))
            .Ran()
            .Gate(GateOutcome.Failed, "  File \"fib.py\", line 1\n    def fib(n)\n              ^\nSyntaxError: expected ':'", 0.8);

    private static History Verified(History history)
    {
        history.Claims("t9").Gate(GateOutcome.Passed, "Ran 3 tests\nOK").Then<Prove>();
        return history.Given(
            new LoopVerified
            {
                Commit = history.State.Workspace.Commit,
                Tree = history.State.Workspace.Tree,
                Proof = Sample.Blob("proof"),
                Branch = "loop/loop-1",
            }
        );
    }

    private static History Fork() => Verified(History.ForkOf(AfterRed().State, new BudgetLimits { Attempts = 2, Turns = 9 }));

    private static History Cancelled()
    {
        var history = History.InAttempt();
        var reserved = history.Asked().Request.Reserved;
        return history
            .Given(new MessageReceived("m", "ann", "hold on"))
            .Given(new CancelRequested("c", "ann", "wrong repository"))
            .Given(
                new ModelFailed
                {
                    Kind = ModelFailureKind.Aborted,
                    Message = "cut off",
                    Usage = new Usage(reserved.TokensIn, reserved.TokensOut),
                    Cost = reserved.Cost,
                    Assumed = true,
                }
            )
            .Decide();
    }

    private static History Approval()
    {
        var history = History.InAttempt(Sample.Asking());
        history.Asked();
        history.Given(History.Reply(Sample.Call("shell", """{"x":"rm -rf build"}"""))).Asks();
        history
            .After(3600)
            .Crashed()
            .Given(new ApprovalGiven("a", history.State.Approval!.Seq, "ann", true, "fine"))
            .Ran("removed", "t1", 2);
        history.Asked();
        history.Given(History.Reply(Sample.Call("shell", """{"x":"curl x"}"""))).Asks();
        return Verified(history.Given(new ApprovalGiven("b", history.State.Approval!.Seq, "bob", false, "no network")).Decide());
    }

    /// <summary>Calls that are refused: by the policy, for arguments no tool takes, for a tool nobody has.</summary>
    private static History Refused()
    {
        var policy = new PolicySpec
        {
            Rules =
            [
                new PolicyRule { Tool = "*", Effect = PolicyEffect.Allow },
                new PolicyRule
                {
                    Tool = "shell",
                    Effect = PolicyEffect.Deny,
                    Arguments = new Dictionary<string, string> { ["x"] = "^curl" },
                },
            ],
        };
        return Verified(
            History
                .InAttempt(Sample.Spec() with { Policy = policy })
                .Replied(
                    Sample.Call("shell", """{"x":"curl example.org"}""", "a"),
                    Sample.Call("shell", """{"x":[1]}""", "b"),
                    Sample.Call("shel", "{}", "c"),
                    Sample.Call("shell", """{"x":"ls"}""", "d")
                )
                .Ran("a.txt")
        );
    }

    /// <summary>Prepare changes a file of the base.</summary>
    private static History PrepareSpoils()
    {
        var spec = Sample.Spec() with { Prepare = new PrepareSpec { Run = "make deps" } };
        var history = History.Of(spec).Decide();
        history.Given(history.Then<PrepareBase>().Intent!);
        return history.Given(PrepareRules.Judge(spec.Prepare!, new PrepareRun(RunEnd.Exited, 0, 3.5) { Changed = ["a.txt"] })!).Decide();
    }

    /// <summary>A change that goes where the task does not let it.</summary>
    private static History Trespassed()
    {
        var limits = new ChangeLimits { Deny = ["tests/**"] };
        var history = History
            .InAttempt(Sample.Spec() with { Changes = limits })
            .Replied(Sample.Call("write_file", """{"x":"1"}"""), Sample.Call("done", "{}", "call_1"));
        var call = history.Admitted();
        history
            .Given(
                new ToolCompleted
                {
                    Call = call.Id,
                    Tool = call.Name,
                    Outcome = ToolOutcome.Ok,
                    Output = OutputText.Inline("ok"),
                },
                ChangeRules.Judge(limits, history.Commit("t1") with { Changed = ["a.py", "tests/t.py"] })
            )
            .Decide()
            .Ran();
        return Verified(history);
    }

    /// <summary>Usage that cannot be true.</summary>
    private static History Unbelievable()
    {
        var history = History.InAttempt();
        var request = history.Asked().Request;
        return Verified(
            history
                .Given(
                    History.Reply(Sample.Call("shell")) with
                    {
                        Usage = new Usage(request.Reserved.TokensIn, request.Reserved.TokensOut),
                        Told = new Usage(0, 0),
                        Assumed = true,
                        Cost = request.Reserved.Cost,
                    }
                )
                .Ran()
        );
    }

    private static History Tokens()
    {
        var history = History.InAttempt(
            Sample.Spec() with
            {
                Budget = new BudgetLimits { Tokens = 12_000, Cost = 0.05m },
            }
        );
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

    private static History Pruned()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 4096 })));
        for (var i = 0; history.State.Agents["make"].Conversation.DroppedTurns < 6; i++)
        {
            history.Replied(Sample.Call("shell", $"{{\"x\":{i}}}")).Ran(new string('o', 400) + "\ud83d\ude00\u0001");
        }

        return Verified(history);
    }

    /// <summary>Silence, then a long talk that the endpoint refuses as too long, then a request cut down to what was refused.</summary>
    private static History TooLong()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 }))).Says("");
        for (var i = 0; i < 12; i++)
        {
            history.Asked();
            var usage = new Usage(900 + (250 * i), 12);
            history
                .Given(
                    History.Reply(Sample.Call("shell", $"{{\"x\":{i}}}")) with
                    {
                        Usage = usage,
                        Cost = Reservations.CostOf(Sample.Model.Price, usage),
                    }
                )
                .Ran(string.Join(' ', Enumerable.Range(i, 160)));
        }

        history.Asked();
        history.Given(
            new ModelFailed
            {
                Kind = ModelFailureKind.ContextLength,
                Message = "too long",
                Usage = new Usage(0, 0),
                Cost = 0,
            }
        );
        history.Given(new MessageReceived("m", "ann", "go on")).Says("cut", ReplyFinish.Length);
        history.Replied([.. Enumerable.Range(0, 3).Select(i => Sample.Call("read_file", $"{{\"x\":{i}}}", $"c{i}"))]);
        for (var i = 0; i < 3; i++)
        {
            history.Ran(new string((char)('r' + i), 3000));
        }

        return Verified(history);
    }

    /// <summary>
    /// An endpoint that bills: its window is filled, turns go, a reply is cut off for want of room, a second attempt begins with what is
    /// known.
    /// </summary>
    private static History Filled()
    {
        var rig = new WindowRig(12_000, Tokenizers.Pieces, maxTokens: 3000);
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

    private static History PrepareLost()
    {
        var history = History.Of(Sample.Spec() with { Prepare = new PrepareSpec { Run = "make deps" } }).Decide();
        return history.Given(history.Then<PrepareBase>().Intent!).After(3).Crashed();
    }

    private static History Crashed(Action<History> until, LoopSpec? spec = null)
    {
        var history = History.InAttempt(spec);
        until(history);
        history.Crashed().Decide();
        switch (history.Next)
        {
            case RunTool run:
                history
                    .Given(run.Intent!)
                    .Given(
                        new ToolCompleted
                        {
                            Call = run.Call.Id,
                            Tool = run.Call.Name,
                            Outcome = ToolOutcome.Ok,
                            Output = OutputText.Inline("again"),
                            SandboxSeconds = 1,
                        }
                    )
                    .Decide();
                break;
            case RunGate:
                history.Gate(GateOutcome.Failed, "red");
                break;
        }

        return Verified(history);
    }

    private static IReadOnlyList<LedgerLine> Simulated(int seed, int length = 600) =>
        new LoopSimulator(Tape.OfSeed(seed, length)).Run().Lines;
}
