using System.Globalization;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Routing;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Bench.Routing;

/// <summary>
/// Drives one loop through the machine and fold of the product: what is scripted is what models reply and what gates say. Which model is
/// asked, and when a loop is stuck or done, is decided by the rules that every loop is decided by.
/// </summary>
internal sealed class ScriptedLoop
{
    private const string Command = "python -m unittest";
    private const int BytesPerToken = 4;
    private readonly CostModel _model;
    private readonly ScriptedTask _task;
    private LoopState _state;
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private long _seq = 1;
    private IReadOnlyList<int> _failing;
    private int _commits;
    private int _attempt;
    private int _round;
    private int _step;
    private int _prompt;
    private string? _last;

    public ScriptedLoop(CostModel model, ScriptedTask task, params bool[] tiers)
    {
        (_model, _task, _failing) = (model, task, task.Failing);
        var spec = new LoopSpec
        {
            Goal = "Make the tests pass.",
            Workspace = new WorkspaceSpec { Files = new Dictionary<string, string> { ["a.py"] = "" } },
            Models = new Dictionary<string, ModelSpec> { ["make"] = new() { Name = "cheap" } },
            Gates =
            [
                new CommandGate
                {
                    Name = "tests",
                    Run = Command,
                    Timeout = Duration.FromSeconds(60),
                },
            ],
            Budget = new BudgetLimits
            {
                Attempts = 10,
                Turns = 400,
                Tokens = 50_000_000,
                SandboxSeconds = 1_000_000,
            },
        };
        var keys = tiers.Select((_, i) => ModelKeys.Of("make", i, 0)).ToList();
        var created = new LoopCreated
        {
            Tenant = "bench",
            Spec = spec,
            Models = keys.Zip(tiers).ToDictionary(t => t.First, t => model.Binding(t.Second)),
            Tiers =
                tiers.Length == 1
                    ? null
                    : new Dictionary<string, IReadOnlyList<ModelTier>>
                    {
                        ["make"] = [.. keys.Select((key, i) => new ModelTier(FormattableString.Invariant($"tier-{i + 1}"), [key]))],
                    },
            Tools = [Tool("read_file"), Tool("write_file"), Tool("shell"), Tool("done")],
            Versions = EngineVersions.Current,
        };
        var id = new LoopId(string.Create(CultureInfo.InvariantCulture, $"task-{task.Number}"));
        _state = LoopFold.Begin(LedgerCodec.Read(LedgerCodec.Seal(id, 1, _now, 0, [created], LedgerHash.Genesis(id))));
        Add(new DriverStarted(1, "bench"));
    }

    /// <summary>The loop at its end.</summary>
    public LoopState Run()
    {
        while (true)
        {
            switch (LoopMachine.Next(_state))
            {
                case Ended:
                    return _state;
                case Record record:
                    Begin(record.Intent!);
                    break;
                case ImportBase:
                    Add(new BaseImported { Base = new BaseSnapshot("base", "base", new BlobRef("00", 0)), Rules = Filler(_model.Head, 0) });
                    break;
                case PrepareBase prepare:
                    Add(prepare.Intent!);
                    Add(new BasePrepared("image", null));
                    break;
                case CallModel call:
                    Add(call.Intent!);
                    Add(Reply(call));
                    break;
                case RunTool run:
                    Add(run.Intent!);
                    Add(Result(run));
                    break;
                case RunGate gate:
                    Add(gate.Intent!);
                    Add(Verdict(gate));
                    break;
                case Prove:
                    Add(
                        new LoopVerified
                        {
                            Commit = _state.Workspace.Commit,
                            Tree = _state.Workspace.Tree,
                            Proof = new BlobRef("00", 0),
                            Branch = "loopcluster/task",
                        }
                    );
                    break;
                case var other:
                    throw new InvalidOperationException($"nothing here waits, and the loop is at {other.GetType().Name}");
            }
        }
    }

    private void Begin(LoopEvent decision)
    {
        if (decision is AttemptStarted started)
        {
            (_attempt, _round, _step) = (started.Attempt, 1, 0);
        }

        Add(decision);
    }

    /// <summary>Reads, then an edit, then a run of the gate's command; done when it is green or the rounds are over.</summary>
    private ModelReplied Reply(CallModel call)
    {
        var turn = _state.Spend.Turns;
        var reads = _task.Reads(_attempt, _round);
        var (name, arguments) =
            _step < reads ? ("read_file", FormattableString.Invariant($"{{\"path\":\"f{turn}.py\"}}"))
            : _step == reads ? ("write_file", FormattableString.Invariant($"{{\"path\":\"a{turn}.py\"}}"))
            : _step == reads + 1 ? ("shell", $"{{\"command\":\"{Command}\"}}")
            : ("done", "{}");
        _step++;
        // The prompt is what the product really builds. What this model was sent last is in its endpoint's cache; another has nothing of
        // it.
        var prompt = call.Body.Length / BytesPerToken;
        var usage = new Usage(prompt, _task.About(_model.TurnOut, turn, 1), _last == call.Model.Name ? Math.Min(_prompt, prompt) : 0);
        (_last, _prompt) = (call.Model.Name, prompt);
        return new ModelReplied
        {
            Text = Filler((int)usage.Out, turn),
            Tools = [new ToolCall(FormattableString.Invariant($"c{turn}"), name, arguments)],
            Finish = ReplyFinish.ToolCalls,
            Usage = usage,
            Cost = Reservations.CostOf(call.Model.Price, usage),
        };
    }

    private LoopEvent[] Result(RunTool run)
    {
        var output = Filler(_task.About(_model.TurnIn, _state.Spend.Turns, 0) - _model.TurnOut, _state.Spend.Turns);
        WorkspaceCommitted? commit = null;
        if (run.Call.Name == "write_file")
        {
            _failing = _task.After(_failing, _attempt, _round, _last == "dear");
            commit = new WorkspaceCommitted
            {
                Commit = FormattableString.Invariant($"commit-{++_commits}"),
                Tree = FormattableString.Invariant($"tree-{_commits}"),
                Parent = _state.Workspace.Commit,
                Pack = new BlobRef("00", 0),
                Changed = ["a.py"],
                Files = 1,
                Lines = 10,
            };
        }
        else if (run.Call.Name == "shell")
        {
            output = $"{output}\n{Report()}";
            if (_failing.Count > 0 && _round < _model.Rounds)
            {
                (_round, _step) = (_round + 1, 0);
            }
        }

        var completed = new ToolCompleted
        {
            Call = run.Call.Id,
            Tool = run.Call.Name,
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline(output),
        };
        return commit is null ? [completed] : [completed, commit];
    }

    private GateCompleted Verdict(RunGate gate)
    {
        var failing = gate.Start.Phase == GatePhase.Baseline ? _task.Failing : _failing;
        return GateVerdict.Conclude(
            gate.Gate,
            gate.Start,
            new GateRun
            {
                End = RunEnd.Exited,
                ExitCode = failing.Count == 0 ? 0 : 1,
                Output = OutputText.Inline(Report(failing)),
                Tests = _task.Failing.Count + 20,
                Failing = failing.Count,
            }
        );
    }

    /// <summary>So many tokens of text, another for each turn.</summary>
    private static string Filler(int tokens, int turn)
    {
        var line = FormattableString.Invariant($"line of turn {turn}, as long as lines are in the files that loops read\n");
        var bytes = Math.Max(0, tokens) * BytesPerToken;
        return string.Concat(Enumerable.Repeat(line, (bytes / line.Length) + 1))[..bytes];
    }

    private string Report() => Report(_failing);

    /// <summary>Names of letters: figures are folded in a failure's signature.</summary>
    private string Report(IReadOnlyList<int> failing) =>
        string.Concat(failing.Select(test => $"FAIL: test_{(char)('a' + test)}\n"))
        + FormattableString.Invariant($"Ran {_task.Failing.Count + 20} tests in 0.1s\n\n")
        + (failing.Count == 0 ? "OK\n" : FormattableString.Invariant($"FAILED (failures={failing.Count})\n"));

    private void Add(params LoopEvent[] events)
    {
        _now += TimeSpan.FromMilliseconds(100);
        _seq++;
        _state = LoopFold.BeginEntry(_state, events[0], _now);
        foreach (var loopEvent in events)
        {
            _state = LoopFold.Apply(_state, loopEvent, _seq, _now);
        }

        _state = LoopFold.EndEntry(_state, _seq, default);
        if (_state.Fault is { } fault)
        {
            throw new InvalidOperationException(fault);
        }
    }

    private static ToolDefinition Tool(string name) =>
        new(
            name,
            name,
            System.Text.Json.JsonElement.Parse("""{"type":"object","properties":{"path":{"type":"string"},"command":{"type":"string"}}}"""),
            name is "write_file" or "shell" ? EffectClass.Workspace : EffectClass.Pure,
            name == "shell"
        );
}
