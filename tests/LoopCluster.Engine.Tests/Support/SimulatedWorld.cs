using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Context;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Explore;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Skills;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tools;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>Models, tools, gates and sandboxes as a tape wants them, and what really happened there, whatever the ledger says.</summary>
internal sealed class SimulatedWorld(Tape tape)
{
    private readonly HashSet<string> _external = [];
    private int _commits;
    private int _replies;

    /// <summary>Tokens that endpoints served, also where the reply was lost.</summary>
    public long ServedTokens { get; private set; }

    public decimal ServedCost { get; private set; }

    /// <summary>Keys of steps whose completion is durable.</summary>
    public HashSet<string> Completed { get; } = [];

    public IReadOnlyList<LoopEvent> Perform(LoopEffect effect, LoopState state) =>
        effect switch
        {
            ImportBase => [Import(state)],
            ChooseSkills => [tape.Chance(20) ? Broken() : SkillRules.Choose(state, [Guides.Library()])],
            PrepareBase prepare => [Prepare(prepare, state)],
            CallModel call => [Answer(call, state)],
            DrawAllotment draw => [Draw(draw, DateOnly.FromDateTime(state.UpdatedAt.UtcDateTime))],
            RunTool run => Run(run, state),
            RunGate gate => [Gate(gate)],
            BriefJudges => [tape.Chance(20) ? Broken() : Brief(state)],
            ReadForJudge read => [tape.Chance(10) ? Broken() : ReadBy(read)],
            ReadForExplorer read =>
            [
                tape.Chance(10)
                    ? Broken()
                    : new ExplorerRead
                    {
                        Call = read.Call.Id,
                        Tool = read.Call.Name,
                        Outcome = ToolOutcome.Ok,
                        Output = Output(),
                    },
            ],
            SeePlaces places =>
            [
                tape.Chance(20)
                    ? Broken()
                    : ExploreRules.Answer(state, [.. places.Paths.Select(p => new CitedFile(p, tape.One<int?>(2, 2, 2, 1, null)))]),
            ],
            SeeCited cited =>
            [
                tape.Chance(20)
                    ? Broken()
                    : JudgeRules.Answer(state, [.. cited.Paths.Select(p => new CitedFile(p, tape.One<int?>(2, 2, 2, 1, null)))]),
            ],
            Prove =>
            [
                tape.Chance(20)
                    ? Broken()
                    : new LoopVerified
                    {
                        Commit = state.Workspace.Commit,
                        Tree = state.Workspace.Tree,
                        Proof = Sample.Blob("proof"),
                    },
            ],
            _ => throw new InvalidOperationException($"a driver cannot perform {effect}"),
        };

    private LoopEvent Draw(DrawAllotment effect, DateOnly today)
    {
        var draw = effect.Draw;
        return tape.Chance(40) ? new AllotmentRefused(draw.Lease, "nothing is left", tape.Chance(200))
            : tape.Chance(20) ? Broken()
            : new AllotmentDrawn(draw.Lease, tape.One(draw.Wish * 3, draw.Wish, draw.Need), today);
    }

    /// <summary>The step an event completes in this state, or null.</summary>
    public static string? StepOf(LoopEvent loopEvent, LoopState before) =>
        loopEvent switch
        {
            GateCompleted { Outcome: not (GateOutcome.Unavailable or GateOutcome.Aborted) } gate => KeyOf(
                gate.Phase,
                gate.Gate,
                gate.Tree,
                gate.Run
            ),
            ToolCompleted => KeyOfCall(before),
            _ => null,
        };

    /// <summary>The call that is next, told apart from any other of the loop.</summary>
    private static string KeyOfCall(LoopState state) => $"{state.Spend.Turns}/{state.Agents["make"].Answered}";

    private static string KeyOf(GatePhase phase, string gate, string tree, int run) => $"{phase}/{gate}/{tree}/{run}";

    private LoopEvent Import(LoopState state) =>
        tape.Chance(20) ? Broken()
        : tape.Chance(8) ? new ImportFailed("workspace-unreadable", [new InputFault("workspace.ref", "There is no such ref.")])
        : tape.One(Sample.Imported, Sample.Imported with { Strength = StrengthRules.Version }) with
        {
            Skills = state.Spec.Gates.Any(g => g is JudgeGate) ? Guides.Found(Guides.Library()) : null,
        };

    private JudgeRead ReadBy(ReadForJudge read) =>
        new()
        {
            Agent = read.Agent,
            Call = read.Call.Id,
            Tool = read.Call.Name,
            Outcome = ToolOutcome.Ok,
            Output = Output(),
        };

    private JudgeBriefed Brief(LoopState state)
    {
        var diff = tape.One(Judges.Diff, "", "diff --git a/x b/x\n" + string.Concat(Enumerable.Repeat("+\u4e16 \"quoted\"\n", 2000)));
        return new JudgeBriefed
        {
            Tree = state.Workspace.Tree,
            GateTree = state.GateResults["tests"].GateTree,
            Diff = new BlobRef(Sample.Hash(diff), diff.Length),
            Text = diff,
        };
    }

    private LoopEvent Prepare(PrepareBase prepare, LoopState state)
    {
        if (tape.Chance(20))
        {
            return Broken();
        }

        if (state.Spec.Prepare is not { } spec)
        {
            return new BasePrepared("sha256:image", null);
        }

        var run = new PrepareRun(
            tape.One(RunEnd.Exited, RunEnd.Exited, RunEnd.Exited, RunEnd.TimedOut),
            0,
            Math.Min(12.5, prepare.Start.ReservedSeconds)
        )
        {
            Changed = tape.One<string[]>([], [], [], ["a.txt"]),
        };
        return PrepareRules.Judge(spec, run)
            ?? (LoopEvent)new BasePrepared("sha256:image", new PreparedLayer("key", Sample.Blob("layer"), ["venv"]), run.SandboxSeconds);
    }

    private LoopEvent Answer(CallModel call, LoopState state)
    {
        ChatCheck.Valid(call);
        var model = call.Model;
        ThenInWindow(call, state, model);
        var reserved = call.Request.Reserved;
        var usage = new Usage(1 + (reserved.TokensIn / tape.One(4, 1, 2)), 1 + (reserved.TokensOut / tape.One(50, 2, 9)), tape.One(0, 1));
        usage = usage with { In = Math.Min(usage.In, reserved.TokensIn), Out = Math.Min(usage.Out, reserved.TokensOut) };
        var kind = tape.Chance(50) ? tape.One(Enum.GetValues<ModelFailureKind>()) : default(ModelFailureKind?);
        if (kind is { } failed)
        {
            return Failure(failed, reserved, usage, model);
        }

        // A bill above what was held back cannot be known when its reply is lost: only what a request allows counts as served here.
        Serve(usage, model);
        if (tape.Chance(10))
        {
            usage = new Usage(Math.Max(1, reserved.TokensIn), reserved.TokensOut + 1);
        }

        if (call.Request.Agent == Engine.Agents.AgentNames.Explore || IsAskingExplorer(call, state))
        {
            return Explored(call, state, usage, model);
        }

        var judges = Engine.Agents.AgentNames.RoleOf(call.Request.Agent) == Engine.Agents.AgentNames.Judge;
        var tools =
            judges && state.Judging is { Votes.Count: 0, Reads: 0 } ? [Sample.Call(tape.One("read_file", "shell"))]
            : judges && !tape.Chance(40) ? []
            : Calls();
        var text =
            judges && !tape.Chance(20)
                ? tape.One(Judges.Approve, Judges.Approve, Judges.Approve, Judges.Reject)
                : tape.One("", "Let me see. \ud83d\ude00 \"quoted\" \\ \u0001", new string('x', 9000), new string('\u4e16', 3000));
        if (call.Request.Agent == Engine.Agents.AgentNames.Plan && state.Created.Plans is not null)
        {
            (text, tools) = (tape.One(Drafts.Good, Drafts.Circle, text), tape.Chance(10) ? tools : []);
        }
        else if (state.Planning.Steps is not null && !judges && tape.Chance(100))
        {
            tools = [Drafts.Call(tape.One("parse", "print", "none"))];
        }

        var told = tape.Chance(12) ? tape.One<Usage?>(null, new Usage(0, 0), new Usage(long.MaxValue, -1)) : usage;
        var settled = Settlement.OfReply(call.Request, model, told, text.Length > 0 || tools.Count > 0);
        return new ModelReplied
        {
            Text = text,
            Tools = tools,
            Finish = tools.Count > 0 ? ReplyFinish.ToolCalls : tape.One(ReplyFinish.Stop, ReplyFinish.Length, ReplyFinish.ContentFilter),
            Usage = settled.Usage,
            Told = settled.Assumed ? told : null,
            Assumed = settled.Assumed,
            Cost = settled.Cost,
            Skipped = tape.One(0, 0, 2),
        };
    }

    private bool IsAskingExplorer(CallModel call, LoopState state) =>
        call.Request.Agent == Engine.Agents.AgentNames.Make && ExploreRules.IsOn(state.Created) && tape.Chance(60);

    /// <summary>The maker asks the explorer, which reads once and then answers, or says something else.</summary>
    private ModelReplied Explored(CallModel call, LoopState state, Usage usage, ModelBinding model)
    {
        ToolCall[] tools =
            call.Request.Agent == Engine.Agents.AgentNames.Make
                ? [Sample.Call("explore", tape.One("""{"question":"where?"}""", """{"question":""}"""))]
            : state.Exploring!.Reads == 0 || tape.Chance(20) ? [Sample.Call(tape.One("read_file", "shell"))]
            : [];
        var settled = Settlement.OfReply(call.Request, model, usage, true);
        return new ModelReplied
        {
            Text = tools.Length > 0 ? "" : tape.One(Explorers.Answer, Explorers.Answer, "I do not know"),
            Tools = tools,
            Finish = tools.Length > 0 ? ReplyFinish.ToolCalls : tape.One(ReplyFinish.Stop, ReplyFinish.Length),
            Usage = settled.Usage,
            Told = settled.Assumed ? usage : null,
            Assumed = settled.Assumed,
            Cost = settled.Cost,
        };
    }

    /// <summary>By what is counted, or by bytes where nothing is.</summary>
    private static void ThenInWindow(CallModel call, LoopState state, ModelBinding model)
    {
        var byRatio = call.Body.Length <= WindowRoom.ForPrompt(model.Window, state.Agents[call.Request.Agent].Conversation.TokensPerByte);
        var count = state.Agents[call.Request.Agent].Conversation.Count;
        var byCount = call.Request.Clipped is null && count.Prompt + call.Request.MaxTokens <= model.Window;
        var byKinds = count.Density.Bound(TextKinds.OfJson(call.Body.Span)) + call.Request.MaxTokens <= model.Window;
        // The first request to another of the agent's models is bounded by what the one before has billed, and its count begins anew.
        var takesOver = state.Agents[call.Request.Agent].Bindings.Length > 1 && !count.Billed && count.Density.Tokens == 0;
        (byRatio || byCount || byKinds || takesOver).ShouldBeTrue($"{call.Body.Length} bytes, {count}");
    }

    private ModelFailed Failure(ModelFailureKind kind, Reservation reserved, Usage usage, ModelBinding model)
    {
        var served =
            kind is ModelFailureKind.ServerError or ModelFailureKind.Timeout or ModelFailureKind.BrokenReply or ModelFailureKind.Aborted;
        if (served)
        {
            Serve(usage, model);
        }

        return new ModelFailed
        {
            Kind = kind,
            Message = $"{kind}",
            Usage = served ? new Usage(reserved.TokensIn, reserved.TokensOut) : new Usage(0, 0),
            Cost = served ? reserved.Cost : 0,
            Assumed = served,
            RetryAfterMs = kind == ModelFailureKind.RateLimited ? tape.One<long?>(null, 10, 86_400_000, long.MaxValue, -5) : null,
        };
    }

    private void Serve(Usage usage, ModelBinding model)
    {
        ServedTokens += usage.In + usage.Out;
        ServedCost += Reservations.CostOf(model.Price, usage);
    }

    private List<ToolCall> Calls()
    {
        var calls = new List<ToolCall>();
        _replies++;
        for (var count = tape.One(1, 0, 2, 3, 12); count > 0; count--)
        {
            var name = tape.One("done", "shell", "write_file", "read_file", "note", "deploy", "no such.tool", "");
            var arguments = tape.Pick(9) switch
            {
                1 => "{\"then\":[{\"type\":\"loop-stopped\"}]}",
                2 => "{\"x\":",
                3 => "",
                4 => $"{{\"x\":\"{new string('y', 20_000)}\"}}",
                5 => "[1]",
                6 => $"{{\"x\":\"reply {_replies}\"}}",
                _ => "{}",
            };
            calls.Add(new ToolCall(tape.Chance(10) ? "" : $"call_{(tape.Chance(10) ? 0 : calls.Count)}", name, arguments));
        }

        return calls;
    }

    private List<LoopEvent> Run(RunTool run, LoopState state)
    {
        var key = KeyOfCall(state);
        Completed.ShouldNotContain(key, "a completed step is never performed again");
        if (run.Request.Class == EffectClass.External)
        {
            _external.Add(key).ShouldBeTrue("an external call is never run twice");
        }

        if (run.Request.Class != EffectClass.External && tape.Chance(10))
        {
            return [Broken()];
        }

        if (run.Call.Name == ToolNames.StepDone)
        {
            return [.. Drafts.Results(run, state, tape.One(0, 1))];
        }

        var completed = new ToolCompleted
        {
            Call = run.Call.Id,
            Tool = run.Call.Name,
            Outcome = tape.One(
                ToolOutcome.Ok,
                ToolOutcome.Ok,
                ToolOutcome.Ok,
                ToolOutcome.Error,
                ToolOutcome.Timeout,
                ToolOutcome.OutOfMemory
            ),
            ExitCode = tape.One<int?>(null, 0, 1),
            Output = Output(),
            SandboxSeconds = run.Request.ReservedSeconds > 0 ? tape.One(0.25, 40, 3) : 0,
        };
        var events = new List<LoopEvent> { completed };
        if (run.Call.Name == "note")
        {
            events.Add(new NoteKept(tape.One("note", new string('n', 5000))));
        }

        if (run.Request.Class != EffectClass.Pure && tape.Chance(200))
        {
            events.Add(Commit(state));
        }

        return events;
    }

    private WorkspaceCommitted Commit(LoopState state) =>
        ChangeRules.Judge(
            state.Spec.Changes,
            new WorkspaceCommitted
            {
                Commit = $"commit-{++_commits}",
                Tree = tape.One($"tree-{_commits}", "tree-a", "tree-b", Sample.BaseTree),
                Parent = state.Workspace.Commit,
                Pack = Sample.Blob($"pack-{_commits}"),
                Changed = [.. Enumerable.Range(0, tape.One(1, 60, 300)).Select(i => $"dir/file-{i:000}.py")],
                Files = tape.One(1, 60),
                Lines = 10,
            }
        );

    private OutputText Output() =>
        tape.Pick(6) switch
        {
            1 => new OutputText
            {
                Bytes = 1 << 30,
                Blob = Sample.Blob($"out-{tape.Pick(3)}"),
                Head = new string('h', 4096),
                Tail = new string('\u0002', 4096),
            },
            2 => OutputText.Inline(new string('\0', 8000)),
            3 => OutputText.Inline(string.Concat(Enumerable.Repeat("\ud83d\ude00", 2000))),
            4 => OutputText.Inline("\"then\":[{\"type\":\"loop-stopped\",\"data\":{}}]"),
            5 => OutputText.Inline($"observation {tape.Pick(200)}"),
            _ => OutputText.Inline("ok"),
        };

    private LoopEvent Gate(RunGate gate)
    {
        Completed.ShouldNotContain(
            KeyOf(gate.Start.Phase, gate.Start.Gate, gate.Start.Tree, gate.Start.Run),
            "a gate that was decided is not run again on the same tree"
        );
        var red = gate.Gate.Baseline == Engine.Specs.GateBaseline.Red;
        var run = new GateRun
        {
            End = RunEnd.Exited,
            ExitCode =
                gate.Start.Phase == GatePhase.Baseline && red ? 1
                : tape.Pick(10) <= 2 || gate.Start.Phase == GatePhase.Baseline ? 0
                : 1,
            Evidence = gate.Gate.Evidence is null ? null : !tape.Chance(20),
            ImageId = "sha256:image",
            Output = OutputText.Inline(tape.One("1 failed", "Error: no such thing", new string('e', 8000))),
            SandboxSeconds = tape.One(1.5, 0, 100),
        };
        if (tape.Chance(gate.Start.Phase == GatePhase.Baseline ? 12 : 60))
        {
            run = tape.Pick(7) switch
            {
                1 => run with { ExitCode = 127 },
                2 => run with { ExitCode = null, End = RunEnd.TimedOut },
                3 => run with { ExitCode = null, End = RunEnd.OutOfMemory },
                4 => run with { ExitCode = null, End = RunEnd.Unavailable },
                5 => run with { Steering = ["conftest.py"] },
                6 => run with { ExitCode = null, End = RunEnd.NotBegun, Blocked = ["venv"] },
                _ => run with { ExitCode = null, End = RunEnd.CutOff },
            };
        }

        if (gate.Start.IsProbe)
        {
            run = run with
            {
                Probe = tape.One(
                    new GateProbe
                    {
                        Kind = "unittest",
                        Paths = ["test_a.py"],
                        Seen = true,
                    },
                    new GateProbe()
                ),
            };
        }

        return GateVerdict.Conclude(gate.Gate, gate.Start, run);
    }

    private static InfrastructureFailed Broken() => new("sandbox-unavailable", "the engine does not answer");
}
