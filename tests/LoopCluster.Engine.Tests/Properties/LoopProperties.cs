using FsCheck;
using FsCheck.Fluent;
using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using LoopCluster.Engine.Tests.Support;

namespace LoopCluster.Engine.Tests.Properties;

public class LoopProperties
{
    [Fact]
    public void Run_AnyWorldAnyCrash_KeepsEveryPromise() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(400).WithEndSize(600),
            Prop.ForAll<byte[]>(choices =>
            {
                new LoopSimulator(new Tape(choices)).Run();
            })
        );

    [Fact]
    public void Run_LongTapes_ReachEveryEndAndEveryEvent()
    {
        var ends = new HashSet<LoopStatus>();
        var events = new HashSet<string>();
        for (var seed = 1; seed <= Seeds; seed++)
        {
            try
            {
                var run = new LoopSimulator(Tape.OfSeed(seed, 100 + (seed * 37 % 4000))).Run();
                ends.Add(run.State.Status);
                events.UnionWith(run.Lines.SelectMany(l => LedgerCodec.Read(l).Events).Select(EventTypes.NameOf));
                var tape = Tape.OfSeed(seed, 100 + (seed * 41 % 4000));
                var judged = new LoopSimulator(tape).Run(SimulatedSpec.WithJudges(tape));
                ends.Add(judged.State.Status);
                tape = Tape.OfSeed(seed, 100 + (seed * 43 % 4000));
                var tiered = new LoopSimulator(tape).Run(SimulatedSpec.WithTiersAndExplorer(tape));
                ends.Add(tiered.State.Status);
                events.UnionWith(tiered.Lines.SelectMany(l => LedgerCodec.Read(l).Events).Select(EventTypes.NameOf));
                events.UnionWith(judged.Lines.SelectMany(l => LedgerCodec.Read(l).Events).Select(EventTypes.NameOf));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }

        ends.ShouldBe(Enum.GetValues<LoopStatus>().Where(s => s.IsFinal() && s != LoopStatus.Failed), ignoreOrder: true);
        EventTypes.All.Except(["loop-forked", "loop-migrated"]).Except(events).ShouldBeEmpty();
    }

    [Fact]
    public void RunFork_AtAnyEntryOfAnyRun_KeepsEveryPromise()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var states = new LoopSimulator(Tape.OfSeed(seed, 100 + (seed * 37 % 1500))).Run().States().ToList();
            var parent = states[seed * 31 % states.Count];
            try
            {
                var fork = new LoopSimulator(Tape.OfSeed(-seed, seed % 700)).RunFork(
                    parent,
                    new BudgetLimits
                    {
                        Attempts = 1 + (seed % 3),
                        Turns = 9,
                        Tokens = 200_000,
                    }
                );
                fork.States()
                    .First()
                    .ShouldSatisfyAllConditions(
                        s => s.Open.ShouldBeNull(),
                        s => s.Approval.ShouldBeNull(),
                        s => s.Grant.ShouldBeNull(),
                        s => s.Spend.ShouldBe(new BudgetSpend())
                    );
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, entry {parent.Seq}: {e.Message}", e);
            }
        }
    }

    /// <summary>Total: whatever event meets whatever state, the answer is a state, and where it fits, an effect.</summary>
    [Fact]
    public void Apply_AnyEventInAnyState_NeverThrows()
    {
        var (fit, unfit) = (0, 0);
        for (var seed = 1; seed <= Math.Min(Seeds, 150); seed++)
        {
            foreach (var state in new LoopSimulator(Tape.OfSeed(seed, seed * 41 % 900)).Run().States().Take(60))
            {
                foreach (var loopEvent in SampleEvents.All.Concat(Likely(state)))
                {
                    var next = LoopFold.Apply(state, loopEvent, state.Seq + 1, state.UpdatedAt);
                    _ = next.Fault is null ? ++fit : ++unfit;
                    LoopMachine.Next(next).ShouldNotBeNull();
                }
            }
        }

        fit.ShouldBeGreaterThan(1000);
        unfit.ShouldBeGreaterThan(1000);
    }

    /// <summary>Events that nearly fit: the right names at the wrong time, or the other way round.</summary>
    private static IEnumerable<LoopEvent> Likely(LoopState state)
    {
        var call = state.NextCall ?? Sample.Call("shell");
        foreach (var effect in Enum.GetValues<EffectClass>())
        {
            yield return new ToolRequested
            {
                Call = call.Id,
                Tool = call.Name,
                Class = effect,
            };
        }

        foreach (var outcome in Enum.GetValues<ToolOutcome>())
        {
            yield return new ToolCompleted
            {
                Call = call.Id,
                Tool = call.Name,
                Outcome = outcome,
                Output = OutputText.Inline(""),
            };
        }

        foreach (var outcome in Enum.GetValues<GateOutcome>())
        {
            yield return History.Completed(
                state.Open?.Intent as GateStarted
                    ?? new GateStarted
                    {
                        Gate = "tests",
                        Phase = GatePhase.Verify,
                        Tree = state.Workspace.Tree,
                        Run = 1,
                        Try = 1,
                        ReservedSeconds = 1,
                    },
                outcome
            );
        }

        foreach (var kind in Enum.GetValues<ModelFailureKind>())
        {
            yield return new ModelFailed
            {
                Kind = kind,
                Message = "",
                Usage = new Usage(long.MaxValue, long.MaxValue),
                Cost = decimal.MaxValue / 2,
                RetryAfterMs = long.MaxValue,
            };
        }

        yield return new ApprovalAsked
        {
            Kind = ApprovalKind.Tool,
            Call = call.Id,
            Tool = call.Name,
            Arguments = call.Arguments,
            Tree = state.Workspace.Tree,
        };
        yield return new ApprovalAsked { Kind = ApprovalKind.Change, Tree = state.Workspace.Tree };
        yield return new ApprovalGiven("x", state.Approval?.Seq ?? 1, "x", false);
        yield return new ModelReplied
        {
            Finish = ReplyFinish.ToolCalls,
            Usage = new Usage(long.MaxValue, long.MaxValue, long.MinValue),
            Cost = decimal.MinValue / 2,
            Tools = [call, call],
        };
        yield return new LoopVerified
        {
            Commit = state.Workspace.Commit,
            Tree = state.Workspace.Tree,
            Proof = Sample.Blob("p"),
        };
        foreach (var stage in Enum.GetValues<LoopStage>())
        {
            yield return new StageEntered(stage);
        }
    }

    /// <summary>More by <c>LOOPCLUSTER_SEEDS</c>, for a night's run.</summary>
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("LOOPCLUSTER_SEEDS"), out var seeds) ? seeds : 300;
}
