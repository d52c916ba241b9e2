using System.Diagnostics;
using LoopCluster.Bench.Turns;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Bench.Replay;

/// <summary>Writes a loop's history as a driver would: two entries a turn.</summary>
/// <param name="model">What a driver that takes the loop up asks; null for none.</param>
internal sealed class HistoryWriter(LoopId loop, Uri? model = null)
{
    private readonly List<LoopEvent> _pending = [];
    private LoopState? _state;
    private LedgerHash _head = LedgerHash.Genesis(loop);
    private long _seq;
    private DateTimeOffset _at = DateTimeOffset.UnixEpoch.AddYears(50);

    /// <summary>Appends so many entries; returns the microseconds of engine work (next effect, fold, seal) an entry took.</summary>
    public async Task<double> WriteAsync(ILoopLedger ledger, int entries)
    {
        var work = 0L;
        for (var i = 0; i < entries; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var line = Seal();
            work += Stopwatch.GetTimestamp() - started;
            await ledger.AppendAsync(line, null, [], default);
        }

        return Stopwatch.GetElapsedTime(0, work).TotalMicroseconds / entries;
    }

    private LedgerLine Seal()
    {
        _at = _at.AddMilliseconds(5);
        if (_state is null)
        {
            _pending.Add(Created(model));
        }
        else
        {
            _state = LoopFold.BeginEntry(_state, new AttemptStarted(1), _at);
            Advance();
        }

        var line = LedgerCodec.Seal(loop, ++_seq, _at, _seq == 1 ? 0 : 1, _pending, _head);
        _head = line.Hash;
        _pending.Clear();
        _state = _state is null ? LoopFold.Begin(LedgerCodec.Read(line)) : LoopFold.EndEntry(_state, _seq, line.Hash);
        return line;
    }

    /// <summary>Results of what is open, then decisions up to the next intent.</summary>
    private void Advance()
    {
        if (_state!.Epoch == 0)
        {
            Add(new DriverStarted(1, "bench"));
        }

        Answer();
        if (_state!.Stage is null)
        {
            Add(LoopMachine.Next(_state).Intent!);
            Add(
                new BaseImported { Base = new BaseSnapshot(new string('a', 40), new string('b', 40), new BlobRef(new string('c', 64), 1)) }
            );
        }

        while (LoopMachine.Next(_state!).Intent is { } intent)
        {
            Add(intent);
            if (intent is PrepareStarted)
            {
                Add(new BasePrepared("image"));
            }
        }
    }

    private void Answer()
    {
        switch (_state!.Open?.Intent)
        {
            case ModelRequested:
                Add(
                    new ModelReplied
                    {
                        Text = new string('x', 160),
                        Tools = [new ToolCall($"call_{_seq}", "noop", "{}")],
                        Finish = ReplyFinish.ToolCalls,
                        Usage = new Usage(100, 20),
                        Cost = 0,
                    }
                );
                break;
            case ToolRequested tool:
                Add(
                    new ToolCompleted
                    {
                        Call = tool.Call,
                        Tool = tool.Tool,
                        Outcome = ToolOutcome.Ok,
                        Output = OutputText.Inline($"ok {_seq}"),
                    }
                );
                break;
        }
    }

    private void Add(LoopEvent loopEvent)
    {
        _pending.Add(loopEvent);
        _state = LoopFold.Apply(_state!, loopEvent, _seq + 1, _at);
        if (_state.Fault is { } fault)
        {
            throw new InvalidOperationException(fault);
        }
    }

    public static LoopCreated Created(Uri? model) =>
        new()
        {
            Tenant = TurnsSpec.Tenant,
            Spec = new LoopSpec
            {
                Goal = "a long loop",
                Workspace = new WorkspaceSpec { Files = new Dictionary<string, string>() },
                Policy = TurnsSpec.Policy,
                Models = new Dictionary<string, ModelSpec> { [AgentNames.Make] = new() { Name = "stub" } },
                Mode = LoopMode.SingleShot,
                Budget = new BudgetLimits
                {
                    Turns = int.MaxValue,
                    Tokens = long.MaxValue / 4,
                    Deadline = Duration.FromMinutes(60 * 24),
                },
                Stuck = new StuckLimits { SameAction = int.MaxValue, Alternating = int.MaxValue },
            },
            Models = new Dictionary<string, ModelBinding>
            {
                [AgentNames.Make] = new()
                {
                    Name = "stub",
                    Model = "stub",
                    Url = model?.ToString(),
                    Window = 131_072,
                    MaxTokens = 4_096,
                },
            },
            Tools = [new NoopTool().Definition],
            Versions = EngineVersions.Current,
        };
}
