using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Tests.Support;

/// <summary>
/// Drives the machine as a driver does, over a world, signals and crashes chosen by a tape, and checks at every step what must always hold.
/// </summary>
internal sealed class LoopSimulator(Tape tape)
{
    private const int MostSteps = 20_000;

    private readonly SimulatedWorld _world = new(tape);
    private readonly List<LedgerLine> _lines = [];
    private readonly List<LoopEvent> _pending = [];
    private readonly List<string> _pendingSteps = [];
    private Func<LedgerEntry, LoopState> _begin = null!;
    private LoopState _state = null!;
    private LoopState _durable = null!;
    private DateTimeOffset _now = Sample.Start;
    private int _signals;
    private int _steps;

    public IReadOnlyList<LedgerLine> Lines => _lines;

    public LoopState State => _state;

    /// <summary>Runs a history to its end. Throws where a promise is broken.</summary>
    public LoopSimulator Run() => Run(SimulatedSpec.From(tape));

    public LoopSimulator Run(LoopCreated created)
    {
        LoopEvent[] first = tape.Chance(40) ? [created, new LoopQueued(2)] : [created];
        var line = LedgerCodec.Seal(Sample.Loop, 1, _now, 0, first, LedgerHash.Genesis(Sample.Loop));
        return RunFrom(line, LoopFold.Begin);
    }

    /// <summary>Runs a fork of <paramref name="parent"/> to its end.</summary>
    public LoopSimulator RunFork(LoopState parent, BudgetLimits budget)
    {
        var id = new LoopId("fork-1");
        var forked = new LoopForked
        {
            Parent = parent.Id,
            Seq = parent.Seq,
            Hash = parent.Head.ToString(),
            Commit = parent.Workspace.Commit,
            Budget = budget,
            Versions = EngineVersions.Current,
        };
        return RunFrom(LedgerCodec.Seal(id, 1, _now, 0, [forked], LedgerHash.Genesis(id)), entry => LoopFold.BeginFork(parent, entry));
    }

    private LoopSimulator RunFrom(LedgerLine first, Func<LedgerEntry, LoopState> begin)
    {
        _begin = begin;
        _lines.Add(first);
        _state = _durable = begin(LedgerCodec.Read(first));
        _state.Fault.ShouldBeNull();
        while (!_state.IsTerminal)
        {
            TakeOver();
            if (!Drive())
            {
                Crash();
            }
        }

        ThenNothingFollows();
        StateDump.Of(Fold()).ShouldBe(StateDump.Of(_state), "the fold of the ledger is the live state");
        Replayed().ShouldBeEmpty();
        _world.ServedTokens.ShouldBeLessThanOrEqualTo(_state.Spend.Tokens, "no served token is missing in the ledger");
        _world.ServedCost.ShouldBeLessThanOrEqualTo(_state.Spend.Cost);
        return this;
    }

    /// <summary>The state after each entry, as another process reads it.</summary>
    public IEnumerable<LoopState> States()
    {
        var state = _begin(LedgerCodec.Read(_lines[0]));
        yield return state;
        foreach (var line in _lines.Skip(1))
        {
            yield return state = LoopFold.Apply(state, LedgerCodec.Read(line));
        }
    }

    private LoopState Fold() => States().Last();

    private IReadOnlyList<ReplayDifference> Replayed()
    {
        var replayer = new LoopReplayer(_begin(LedgerCodec.Read(_lines[0])));
        foreach (var line in _lines.Skip(1))
        {
            replayer.Next(LedgerCodec.Read(line));
        }

        return replayer.Differences;
    }

    private void TakeOver()
    {
        var open = _state.Open;
        // Not the tape's to choose: the histories of older tapes stay as they are.
        Add(new DriverStarted(_state.Epoch + 1, "here") { Account = (_state.Epoch + _state.Spec.Budget.Attempts) % 3 == 2 });
        Flush();
        if (open is not null)
        {
            ThenOldResultIsRefused(open.Intent);
        }
    }

    /// <summary>The driver that is gone had a result in hand: it comes too late.</summary>
    private void ThenOldResultIsRefused(LoopEvent intent)
    {
        LoopEvent late = intent switch
        {
            ModelRequested request => tape.One<LoopEvent>(
                History.Reply() with
                {
                    Usage = new Usage(1, 1),
                },
                new ModelFailed
                {
                    Kind = ModelFailureKind.RateLimited,
                    Message = "",
                    Usage = new Usage(0, 0),
                    Cost = 0,
                },
                new InfrastructureFailed("late", request.Agent)
            ),
            ToolRequested tool => new ToolCompleted
            {
                Call = tool.Call,
                Tool = tool.Tool,
                Outcome = ToolOutcome.Ok,
                Output = OutputText.Inline("late"),
            },
            GateStarted gate => History.Completed(gate, GateOutcome.Passed),
            PrepareStarted => new BasePrepared("late"),
            AllotmentRequested draw => new AllotmentDrawn(draw.Lease, draw.Wish, new DateOnly(2026, 1, 2)),
            _ => throw new InvalidOperationException($"no late result for {intent}"),
        };
        LoopFold.Apply(_state, late, _state.Seq + 1, _now).Fault.ShouldNotBeNull($"a late {late} was taken");
    }

    /// <summary>False when the driver crashed.</summary>
    private bool Drive()
    {
        while (true)
        {
            (++_steps).ShouldBeLessThan(MostSteps, "every history ends");
            _now += TimeSpan.FromMilliseconds(tape.One(1, 0, 40, 7_000));
            TakeSignals();
            if (tape.Chance(3))
            {
                return false;
            }

            var effect = Next();
            switch (effect)
            {
                case Ended:
                    Flush();
                    return true;
                case Wait when _state.Status == LoopStatus.Parked:
                    // Whoever takes it up tries again.
                    Flush();
                    return true;
                case Wait:
                    Flush();
                    Answer();
                    continue;
                case Record:
                    Add(effect.Intent!);
                    continue;
            }

            if (effect.Intent is { } intent)
            {
                Add(intent);
            }

            Flush();
            if (tape.Chance(6))
            {
                return false;
            }

            var results = _world.Perform(effect, _state);
            if (tape.Chance(6))
            {
                return false;
            }

            foreach (var result in results)
            {
                Add(result);
            }
        }
    }

    private void Crash()
    {
        if (tape.Chance(128))
        {
            Flush();
        }

        _pending.Clear();
        _pendingSteps.Clear();
        var read = Fold();
        StateDump.Of(read).ShouldBe(StateDump.Of(_durable), "what is read back is what was durable");
        _state = _durable = read;
        _now += TimeSpan.FromSeconds(tape.One(0, 1, 10_000));
    }

    private LoopEffect Next()
    {
        var effect = ColdRequests.Checked(_state);
        var again = LoopMachine.Next(_state);
        again.GetType().ShouldBe(effect.GetType());
        if (effect.Intent is { } intent)
        {
            LedgerCodec.DataOf(again.Intent!).ShouldBe(LedgerCodec.DataOf(intent));
        }

        if (effect is CallModel call)
        {
            ((CallModel)again).Body.Span.SequenceEqual(call.Body.Span).ShouldBeTrue();
            LedgerHash.Of(call.Body.Span).ToString().ShouldBe(call.Request.RequestHash);
            call.Body.Length.ShouldBe(call.Request.RequestBytes);
        }

        return effect;
    }

    private void TakeSignals()
    {
        if (tape.Chance(6))
        {
            var text = tape.One("look at a.txt", new string('m', 3000), "\ud83d\ude00", "");
            Signal(
                text.Length == 0
                    ? new PauseRequested($"signal-{++_signals}", "ann", "")
                    : new MessageReceived($"signal-{++_signals}", "ann", text)
            );
        }

        if (tape.Chance(1))
        {
            Signal(new CancelRequested($"signal-{++_signals}", "bob", tape.One("", "enough")));
        }

        var elapsed = _state.Spend.Elapsed + (OutageRules.DeadlineStands(_state) ? TimeSpan.Zero : _now - _state.UpdatedAt);
        if (!_state.DeadlinePassed && elapsed >= _state.Spec.Budget.Deadline.Value)
        {
            Signal(new DeadlinePassed());
        }
    }

    private void Signal(LoopEvent signal)
    {
        if (!_state.IsTerminal)
        {
            Add(signal);
            Flush();
        }
    }

    private void Answer()
    {
        if (_state.Status == LoopStatus.Queued)
        {
            Signal(new LoopAdmitted(AdmissionRules.SignalId, tape.One(0, 1), 2));
            return;
        }

        if (_state.Status == LoopStatus.Paused)
        {
            Signal(new ResumeRequested($"signal-{++_signals}", "eve"));
            return;
        }

        Reply();
    }

    private void Reply() =>
        Signal(
            tape.One<LoopEvent>(
                new ApprovalGiven($"signal-{++_signals}", _state.Approval!.Seq, "eve", true, null),
                new ApprovalGiven($"signal-{_signals}", _state.Approval!.Seq, "eve", false, "too risky"),
                new CancelRequested($"signal-{_signals}", "eve", "never mind")
            )
        );

    private void Add(LoopEvent loopEvent)
    {
        var next = _pending.Count == 0 ? LoopFold.BeginEntry(_state, loopEvent, _now) : _state;
        var at = _pending.Count == 0 ? _now : next.UpdatedAt;
        _pending.Add(loopEvent);
        if (SimulatedWorld.StepOf(loopEvent, _state) is { } step)
        {
            _pendingSteps.Add(step);
        }

        _state = LoopFold.Apply(next, loopEvent, next.Seq + 1, at);
        _state.Fault.ShouldBeNull();
        ThenWithinBudget();
    }

    private void Flush()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        var line = LedgerCodec.Seal(_state.Id, _state.Seq + 1, _state.UpdatedAt, _state.Epoch, _pending, _state.Head);
        _lines.Add(line);
        _world.Completed.UnionWith(_pendingSteps);
        _pendingSteps.Clear();
        _pending.Clear();
        _state = _durable = LoopFold.EndEntry(_state, line.Seq, line.Hash);
    }

    private void ThenWithinBudget()
    {
        var (spend, budget) = (_state.Spend, _state.Spec.Budget);
        if (_state.Overbilled is null && _state.Overrun is null)
        {
            (spend.Tokens + spend.ReservedTokens).ShouldBeLessThanOrEqualTo(budget.Tokens);
            (spend.Cost + spend.ReservedCost).ShouldBeLessThanOrEqualTo(budget.Cost ?? decimal.MaxValue);
        }

        (spend.SandboxSeconds + spend.ReservedSeconds).ShouldBeLessThanOrEqualTo(budget.SandboxSeconds + 1e-6);
        (spend.Turns + (_state.Open?.Intent is ModelRequested ? 1 : 0)).ShouldBeLessThanOrEqualTo(budget.Turns);
        (_state.Attempt - _state.InheritedAttempts).ShouldBeLessThanOrEqualTo(
            _state.Spec.Mode == LoopMode.SingleShot ? 1 : budget.Attempts
        );
        spend.ReservedTokens.ShouldBe(
            _state.Open?.Intent is ModelRequested request ? request.Reserved.TokensIn + request.Reserved.TokensOut : 0
        );
    }

    private void ThenNothingFollows()
    {
        LoopMachine.Next(_state).ShouldBeOfType<Ended>();
        _state.Open.ShouldBeNull();
        foreach (
            LoopEvent late in (LoopEvent[])
                [
                    new MessageReceived("x", "x", "x"),
                    new DriverStarted(_state.Epoch + 1, "x"),
                    new LoopStopped(LoopStatus.Failed, "x"),
                    new NoteKept("x"),
                ]
        )
        {
            LoopFold.Apply(_state, late, _state.Seq + 1, _now).Fault.ShouldNotBeNull();
        }
    }
}
