using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>
/// Given events, when the machine is asked, then an effect. Every entry is sealed, read back and folded, so a test sees only what a ledger
/// keeps. The short forms (<see cref="Gate"/>, <see cref="Replied"/>, ...) do what a driver would do for the effect that is due, and fail
/// when another is.
/// </summary>
internal sealed class History
{
    private readonly List<LedgerLine> _lines = [];
    private DateTimeOffset _now = Sample.Start;
    private int _commits;

    private History(LoopState state) => State = state;

    public LoopState State { get; private set; }

    public IReadOnlyList<LedgerLine> Lines => _lines;

    public LoopEffect Next => ColdRequests.Checked(State);

    public static History Of(LoopSpec? spec = null) => Of(Sample.Created(spec ?? Sample.Spec()));

    public static History Of(params LoopEvent[] first)
    {
        var line = LedgerCodec.Seal(Sample.Loop, 1, Sample.Start, 0, first, LedgerHash.Genesis(Sample.Loop));
        var history = new History(LoopFold.Begin(LedgerCodec.Read(line)));
        history._lines.Add(line);
        return history.Given(new DriverStarted(1, "here"));
    }

    /// <summary>A fork of <paramref name="parent"/> at its last entry.</summary>
    public static History ForkOf(LoopState parent, BudgetLimits? budget = null)
    {
        var id = new LoopId("fork-1");
        var forked = new LoopForked
        {
            Parent = parent.Id,
            Seq = parent.Seq,
            Hash = parent.Head.ToString(),
            Commit = parent.Workspace.Commit,
            Budget = budget ?? parent.Spec.Budget,
            Versions = EngineVersions.Current,
        };
        var line = LedgerCodec.Seal(id, 1, Sample.Start, 0, [forked], LedgerHash.Genesis(id));
        var history = new History(LoopFold.BeginFork(parent, LedgerCodec.Read(line)));
        history._lines.Add(line);
        return history.Given(new DriverStarted(1, "here"));
    }

    /// <summary>In the first attempt, red first done, the model about to be asked.</summary>
    public static History InAttempt(LoopSpec? spec = null) => InAttempt(Sample.Created(spec ?? Sample.Spec()));

    public static History InAttempt(LoopCreated created, BaseImported? imported = null)
    {
        var history = Of(created).Imported(imported ?? Sample.Imported).Prepared();
        foreach (var gate in created.Spec.Gates.OfType<CommandGate>())
        {
            history.Gate(
                gate.Baseline == GateBaseline.Red ? GateOutcome.Failed : GateOutcome.Passed,
                gate.Baseline == GateBaseline.Red ? "boom" : "fine"
            );
        }

        return history;
    }

    /// <summary>One entry with these events.</summary>
    public History Given(params LoopEvent[] events)
    {
        Append(events);
        State.Fault.ShouldBeNull();
        return this;
    }

    /// <summary>One entry folded as a driver folds it, from memory: with what a ledger does not keep.</summary>
    public History GivenLive(LoopEvent loopEvent)
    {
        var line = Sealed([loopEvent]);
        _lines.Add(line);
        State = LoopFold.EndEntry(
            LoopFold.Apply(LoopFold.BeginEntry(State, loopEvent, _now), loopEvent, line.Seq, _now),
            line.Seq,
            line.Hash
        );
        State.Fault.ShouldBeNull();
        return this;
    }

    /// <summary>The events do not fit: the fold says so, for this reason.</summary>
    public History ThenRefuses(string reason, params LoopEvent[] events)
    {
        var before = State;
        var entry = LedgerCodec.Read(Sealed(events));
        LoopFold.Apply(before, entry).Fault.ShouldNotBeNull().ShouldContain(reason);
        return this;
    }

    /// <summary>
    /// Records decisions, and the import of the sample's base, until something else has to be done, or the loop has ended.
    /// </summary>
    public History Decide()
    {
        while (true)
        {
            switch (Next)
            {
                case Record record:
                    Given(record.Intent!);
                    break;
                case ImportBase:
                    Given(Sample.Imported);
                    break;
                default:
                    return this;
            }
        }
    }

    /// <summary>The loop is driven for the first time, and its base is this one.</summary>
    public History Imported(BaseImported imported)
    {
        Given(Then<Record>().Intent!).Then<ImportBase>();
        return Given(imported);
    }

    public T Then<T>()
        where T : LoopEffect => Next.ShouldBeOfType<T>();

    public History ThenStopped(LoopStatus status, string reason)
    {
        State.Status.ShouldBe(status, State.StopReason ?? Next.ToString());
        State.StopReason.ShouldNotBeNull().ShouldContain(reason);
        return this;
    }

    public History After(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        return this;
    }

    public History Crashed() => Given(new DriverStarted(State.Epoch + 1, "there"));

    public History Prepared()
    {
        Given(Decide().Then<PrepareBase>().Intent!);
        return Given(new BasePrepared("sha256:image", null)).Decide();
    }

    public History Gate(GateOutcome outcome, string output = "", double seconds = 1)
    {
        var gate = Then<RunGate>();
        return Given(gate.Intent!).Given(Completed(gate.Start, outcome, output, seconds)).Decide();
    }

    /// <summary>A run that the verdict gives this outcome, as a gate that asks for no evidence (or, to pass, shows it).</summary>
    public static GateCompleted Completed(GateStarted start, GateOutcome outcome, string output = "", double seconds = 1) =>
        GateVerdict.Conclude(
            new CommandGate
            {
                Name = start.Gate,
                Run = "",
                Evidence = "x",
            },
            start,
            RunOf(outcome) with
            {
                Output = OutputText.Inline(output),
                SandboxSeconds = seconds,
            }
        );

    private static GateRun RunOf(GateOutcome outcome)
    {
        var run = new GateRun
        {
            End = RunEnd.Exited,
            Output = OutputText.Inline(""),
            ImageId = "sha256:image",
        };
        return outcome switch
        {
            GateOutcome.Passed => run with { ExitCode = 0, Evidence = true },
            GateOutcome.NoEvidence => run with { ExitCode = 0, Evidence = false },
            GateOutcome.Failed => run with { ExitCode = 1 },
            GateOutcome.NotRun => run with { ExitCode = 127 },
            GateOutcome.Timeout => run with { End = RunEnd.TimedOut },
            GateOutcome.OutOfMemory => run with { End = RunEnd.OutOfMemory },
            GateOutcome.Unavailable => run with { End = RunEnd.Unavailable },
            GateOutcome.Steered => run with { End = RunEnd.NotBegun, Steering = ["conftest.py"] },
            _ => run with { End = RunEnd.CutOff },
        };
    }

    public CallModel Asked()
    {
        var call = Then<CallModel>();
        Given(call.Intent!);
        return call;
    }

    public History Replied(params ToolCall[] tools)
    {
        var call = Asked();
        return Given(Priced(Reply(tools), call)).Decide();
    }

    public History Says(string text, ReplyFinish finish = ReplyFinish.Stop)
    {
        var call = Asked();
        return Given(Priced(Reply() with { Text = text, Finish = finish }, call)).Decide();
    }

    private static ModelReplied Priced(ModelReplied reply, CallModel call) =>
        reply with
        {
            Cost = Reservations.CostOf(call.Model.Price, reply.Usage),
        };

    public static ModelReplied Reply(params ToolCall[] tools) =>
        new()
        {
            Tools = tools,
            Finish = tools.Length > 0 ? ReplyFinish.ToolCalls : ReplyFinish.Stop,
            Usage = new Usage(1000, 10),
            Cost = Reservations.CostOf(Sample.Model.Price, new Usage(1000, 10)),
        };

    /// <summary>The next call is admitted and has run.</summary>
    public History Ran(string output = "ok", string? tree = null, double seconds = 0)
    {
        var call = Admitted();
        var completed = new ToolCompleted
        {
            Call = call.Id,
            Tool = call.Name,
            Outcome = ToolOutcome.Ok,
            Output = OutputText.Inline(output),
            SandboxSeconds = seconds,
        };
        return (tree is null ? Given(completed) : Given(completed, Commit(tree))).Decide();
    }

    public ToolCall Admitted(EffectClass? effect = null)
    {
        var run = Then<RunTool>();
        run.Request.Class.ShouldBe(effect ?? run.Request.Class);
        Given(run.Intent!);
        return run.Call;
    }

    /// <summary>A person is asked about the next call.</summary>
    public ApprovalAsked Asks()
    {
        var asked = Then<Record>().Intent.ShouldBeOfType<ApprovalAsked>();
        Given(asked);
        return asked;
    }

    public WorkspaceCommitted Commit(string tree) =>
        new()
        {
            Commit = $"commit-{++_commits}",
            Tree = tree,
            Parent = State.Workspace.Commit,
            Pack = Sample.Blob($"pack-{_commits}"),
            Changed = ["a.txt"],
            Files = 1,
            Lines = 3,
        };

    /// <summary>The attempt changes the files to <paramref name="tree"/> and claims to be finished.</summary>
    public History Claims(string tree) =>
        Replied(Sample.Call("write_file", $"{{\"x\":\"{tree}\"}}"), Sample.Call("done", "{}", "call_1")).Ran("written", tree).Ran("done");

    private void Append(LoopEvent[] events)
    {
        var line = Sealed(events);
        _lines.Add(line);
        State = LoopFold.Apply(State, LedgerCodec.Read(line));
    }

    private LedgerLine Sealed(LoopEvent[] events)
    {
        _now += TimeSpan.FromMilliseconds(1);
        var epoch = events.OfType<DriverStarted>().Select(e => e.Epoch).FirstOrDefault(State.Epoch);
        return LedgerCodec.Seal(State.Id, State.Seq + 1, _now, epoch, events, State.Head);
    }
}
