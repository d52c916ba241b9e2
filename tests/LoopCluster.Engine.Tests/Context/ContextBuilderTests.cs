using System.Text.Json;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Context;

public class ContextBuilderTests
{
    [Fact]
    public void Build_FirstRequest_HoldsGoalRulesGatesToolsAndTheRedGate()
    {
        var spec = Sample.Spec(Sample.Gate("tests") with { Protect = ["tests/**"] });
        var call = History.Of(spec).Prepared().Gate(GateOutcome.Failed, "E: red\nmore").Then<CallModel>();

        ChatCheck.Valid(call);
        Bodies.Roles(call).ShouldBe(["system", "user"]);
        var system = Bodies.Content(call, 0);
        system.ShouldContain("# Goal\nMake the tests pass.");
        system.ShouldContain("# Rules of this repository\nKeep it simple.");
        system.ShouldContain("- tests: `run tests` (your changes to tests/** do not count)");
        Bodies.Content(call, 1).ShouldContain("# Gate `tests`: failed, exit code 1, before any change\nIts output:\nE: red\nmore");
        JsonElement.Parse(call.Body.Span).GetProperty("tools").GetArrayLength().ShouldBe(5);
    }

    [Fact]
    public void Build_StreamingModel_AsksForUsage()
    {
        var call = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Stream = true }))).Then<CallModel>();
        Bodies.Raw(call).ShouldContain("\"stream\":true,\"stream_options\":{\"include_usage\":true}");
    }

    [Fact]
    public void Build_Frontier_TellsFilesFailuresNotesMessagesBudgetAndTheGateVerbatim()
    {
        var output = "line 1\n  \"quoted\" \\ \t tab\n\u001b[31mred\u001b[0m";
        var history = History
            .InAttempt(
                Sample.Spec() with
                {
                    Budget = new BudgetLimits { Turns = 50, Attempts = 5 },
                }
            )
            .Claims("t1")
            .Gate(GateOutcome.Failed, "first");
        history.Replied(Sample.Call("note", "{\"text\":\"use argparse\"}", "n"), Sample.Call("done", "{}", "d"));
        var call = history.Admitted();
        history
            .Given(
                new ToolCompleted
                {
                    Call = call.Id,
                    Tool = call.Name,
                    Outcome = ToolOutcome.Ok,
                    Output = OutputText.Inline("kept"),
                },
                new NoteKept("use argparse"),
                history.Commit("t2")
            )
            .Given(new MessageReceived("m", "ann", "be quick"))
            .Ran()
            .Replied(Sample.Call("done"))
            .Ran()
            .Gate(GateOutcome.Failed, output);

        var text = Bodies.Content(history.Then<CallModel>(), 1);

        text.ShouldContain("Attempt 3 of at most 5.\nLeft when it began: 47 turns, ");
        text.ShouldContain("1 files differ from the base: a.txt\n");
        text.ShouldContain(
            "Tried and failed:\n- attempt 1: gate 'tests' failed (exit code 1): first\n- attempt 2: gate 'tests' failed (exit code 1): "
        );
        text.ShouldContain("Your notes:\n- use argparse\n");
        text.ShouldContain("Messages from people:\n- ann: be quick\n");
        text.ShouldEndWith($"# Gate `tests`: failed, exit code 1\nIts output:\n{output}");
    }

    [Fact]
    public void Build_DeadAttempts_AreOneLineEach()
    {
        var history = History.InAttempt(Sample.Spec() with { Budget = new BudgetLimits { Attempts = 40 } });
        for (var i = 0; i < 25; i++)
        {
            history.Claims($"t{i}").Gate(GateOutcome.Failed, $"{(char)('a' + i)} error\r\nsecond line {(char)('a' + i)}");
        }

        var lines = Bodies.Content(history.Then<CallModel>(), 1).Split('\n');
        lines.Count(l => l.StartsWith("- attempt ", StringComparison.Ordinal)).ShouldBe(20);
        lines.ShouldContain("Tried and failed (the last 20 of 25):");
        Bodies.Roles(history.Then<CallModel>()).ShouldBe(["system", "user"]);
    }

    [Fact]
    public void Build_GateResult_TellsWhatDidNotCount()
    {
        var history = History.InAttempt().Claims("t1");
        var gate = history.Then<RunGate>();
        var completed = History.Completed(gate.Start, GateOutcome.Failed, "x") with { Restored = ["tests/t.py"], Scratch = ["build/out"] };
        var text = Bodies.Content(history.Given(gate.Intent!).Given(completed).Decide().Then<CallModel>(), 1);
        text.ShouldContain("Changes of yours that did not count here (protected):\n- tests/t.py\n");
        text.ShouldContain("Files that git ignores and the gate therefore did not see:\n- build/out\n");
    }

    [Fact]
    public void Build_NextRequestOfAnAttempt_BeginsWithTheLast()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 4096 })));
        var before = MessagesOf(history.Then<CallModel>());
        var checkedTurns = 0;
        for (var i = 0; i < 40; i++)
        {
            history.Asked();
            var dense = history.State.Open!.Intent is ModelRequested request ? request.RequestBytes * (20 + i) / 100 : 0;
            history.Given(
                History.Reply(Sample.Call("shell", $"{{\"x\":\"{new string('y', i * 10)}\"}}")) with
                {
                    Text = new string('t', i * 7),
                    Usage = new Usage(dense, 3),
                }
            );
            var strides = history.State.Agents["make"].Conversation.Strides;
            history.Ran(new string('o', 60 * i) + i);
            var now = MessagesOf(history.Then<CallModel>());
            if (strides == history.State.Agents["make"].Conversation.Strides && strides == 0)
            {
                now.ShouldStartWith(before);
                checkedTurns++;
            }

            before = now;
        }

        checkedTurns.ShouldBeGreaterThan(5);
        history.State.Agents["make"].Conversation.Strides.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Build_TurnsLeftOut_KeepsNotesAndMessagesInTheFrontier()
    {
        var history = History.InAttempt(
            Sample.Created(
                Sample.Spec() with
                {
                    Stuck = new StuckLimits { SameAction = 1000 },
                },
                ("make", Sample.Model with { Window = 4096 })
            )
        );
        history.Replied(Sample.Call("note"));
        var call = history.Admitted();
        history
            .Given(
                new ToolCompleted
                {
                    Call = call.Id,
                    Tool = call.Name,
                    Outcome = ToolOutcome.Ok,
                    Output = OutputText.Inline("kept"),
                },
                new NoteKept("the port is 8080")
            )
            .Given(new MessageReceived("m", "ann", "no new files"));
        while (history.State.Agents["make"].Conversation.DroppedTurns < 3)
        {
            history.Replied(Sample.Call("shell")).Ran(new string('o', 700));
        }

        var request = history.Then<CallModel>();
        ChatCheck.Valid(request);
        var frontier = Bodies.Content(request, 1);
        frontier.ShouldContain("- the port is 8080");
        frontier.ShouldContain("- ann: no new files");
        frontier.ShouldContain($"{history.State.Agents["make"].Conversation.DroppedTurns} earlier turns of this attempt are left out");
        frontier.ShouldContain("# Gate `tests`: failed", customMessage: "the gate's word stays although the files have changed");
    }

    [Fact]
    public void Build_OneTurnOfManyLongResults_IsCutDownUntilItFits()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 })));
        history.Replied([.. Enumerable.Range(0, 20).Select(i => Sample.Call("read_file", "{}", $"c{i}"))]);
        for (var i = 0; i < 20; i++)
        {
            history.Ran(new string((char)('a' + i), 8000));
        }

        var call = history.Then<CallModel>();
        ChatCheck.Valid(call);
        call.Request.Clipped.ShouldNotBeNull();
        call.Body.Length.ShouldBeLessThanOrEqualTo(
            8192 - call.Request.MaxTokens,
            "no bill covers what was cut down: a byte counts as a token"
        );
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("\ud83d\ude00")]
    [InlineData("\u4e16")]
    [InlineData("\"")]
    public void Build_TextsThatGrowWhenWritten_StillFit(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 8000 / piece.Length));
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 })));
        for (var i = 0; i < 12; i++)
        {
            history.Replied(Sample.Call("shell", $"{{\"x\":{i}}}")).Ran(text);
            var call = history.Then<CallModel>();
            var tokens = call.Request.Clipped is null ? history.State.Agents["make"].Conversation.Count.Prompt : call.Body.Length;
            (tokens + call.Request.MaxTokens).ShouldNotBeNull().ShouldBeLessThanOrEqualTo(8192);
        }
    }

    [Fact]
    public void Build_ManyNotesMessagesAndHostilePaths_Fit()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 8192 })));
        for (var i = 0; i < 100; i++)
        {
            history
                .Given(new NoteKept($"note {i} {new string('n', 2000)}"))
                .Given(new MessageReceived($"m{i}", "ann", $"message {i} {new string('m', 2000)}"));
        }

        history.Replied(Sample.Call("write_file"), Sample.Call("done", "{}", "d"));
        var call = history.Admitted(EffectClass.Workspace);
        var commit = history.Commit("t1") with
        {
            Changed = [.. Enumerable.Range(0, 100).Select(i => $"{i}{new string('p', 4000)}")],
            Files = 100,
        };
        history
            .Given(
                new ToolCompleted
                {
                    Call = call.Id,
                    Tool = call.Name,
                    Outcome = ToolOutcome.Ok,
                    Output = OutputText.Inline("ok"),
                },
                commit
            )
            .Decide()
            .Ran()
            .Gate(GateOutcome.Failed, "red");

        var request = history.Then<CallModel>();
        ((long)request.Body.Length).ShouldBeLessThanOrEqualTo(
            WindowRoom.ForPrompt(8192, history.State.Agents["make"].Conversation.TokensPerByte)
        );
        var frontier = Bodies.Content(request, 1);
        frontier.ShouldContain("note 99 ", customMessage: "the newest stays");
        frontier.ShouldContain("message 99 ");
        frontier.ShouldContain("earlier ones are left out");
    }

    [Fact]
    public void Build_GoalAndToolsAboveTheWindow_StopsAndSaysSo() =>
        History
            .InAttempt(Sample.Created(Sample.Spec() with { Goal = new string('g', 20_000) }, ("make", Sample.Model with { Window = 4096 })))
            .ThenStopped(LoopStatus.Unavailable, "do not fit the window of model 'maker' (4096 tokens)");

    [Fact]
    public void Apply_EndpointSaysThePromptIsTooLong_HalvesIt()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 16_384 })));
        for (var i = 0; i < 10; i++)
        {
            history.Replied(Sample.Call("shell", $"{{\"x\":{i}}}")).Ran(new string('o', 1500));
        }

        var before = history.Asked().Body.Length;
        history.Given(ExecuteFailed(ModelFailureKind.ContextLength));
        var after = history.Then<CallModel>();
        ChatCheck.Valid(after);
        after.Body.Length.ShouldBeLessThan(before);
        after.Body.Length.ShouldBeLessThanOrEqualTo(16_384 * 3 / 4, "a byte counts as a token from here on");
    }

    [Fact]
    public void Build_CallsNoEndpointTakes_AreShownInAFormItDoes()
    {
        var history = History
            .InAttempt()
            .Replied(
                Sample.Call("no such.tool", "", ""),
                Sample.Call(new string('n', 100), "{\"x\":", "dup"),
                Sample.Call("", "[1]", "dup"),
                Sample.Call("shell", " {\"x\":1} ", "ok")
            );
        // The last call is one that a tool takes.
        history.Ran();
        var request = history.Then<CallModel>();
        ChatCheck.Valid(request);
        var calls = Bodies
            .Messages(request)[2]
            .GetProperty("tool_calls")
            .EnumerateArray()
            .Select(c =>
                (
                    c.GetProperty("id").GetString(),
                    c.GetProperty("function").GetProperty("name").GetString(),
                    c.GetProperty("function").GetProperty("arguments").GetString()
                )
            )
            .ToList();
        calls.ShouldBe([
            ("call__0", "no_such_tool", "{}"),
            ("dup__1", new string('n', 64), "{\"invalid\":\"{\\u0022x\\u0022:\"}"),
            ("dup__2", "_", "{\"invalid\":\"[1]\"}"),
            ("ok", "shell", " {\"x\":1} "),
        ]);
    }

    [Fact]
    public void Build_LongArguments_StayJson()
    {
        var history = History.InAttempt(Sample.Created(Sample.Spec(), ("make", Sample.Model with { Window = 4096 })));
        history.Replied(Sample.Call("write_file", $"{{\"x\":\"{new string('z', 50_000)}\"}}")).Ran();
        var call = history.Then<CallModel>();
        ChatCheck.Valid(call);
        Bodies.Raw(call).ShouldContain("characters of arguments");
    }

    private static ModelFailed ExecuteFailed(ModelFailureKind kind) =>
        new()
        {
            Kind = kind,
            Message = "too long",
            Usage = new Usage(0, 0),
            Cost = 0,
        };

    /// <summary>The messages without the closing bracket: what a prefix cache sees.</summary>
    private static string MessagesOf(CallModel call)
    {
        var raw = Bodies.Raw(call);
        var start = raw.IndexOf("\"messages\":[", StringComparison.Ordinal);
        return raw[start..raw.LastIndexOf("],\"tools\":[{", StringComparison.Ordinal)];
    }
}
