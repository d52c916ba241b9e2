using System.Collections.Immutable;
using LoopCluster.Engine.Agents;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Routing;

namespace LoopCluster.Engine.Loops;

/// <summary>How a loop begins: by itself, or from an entry of another.</summary>
public static partial class LoopFold
{
    /// <summary>The state after a loop's first entry, which must be <c>loop-created</c>.</summary>
    public static LoopState Begin(LedgerEntry entry)
    {
        if (entry.Events[0] is not LoopCreated created)
        {
            throw new Errors.LedgerCorruptException($"loop {entry.Loop} does not begin with loop-created", null, entry.Seq);
        }

        var state = new LoopState
        {
            Id = entry.Loop,
            Created = created,
            Spec = created.Spec,
            Versions = created.Versions,
            CreatedAt = entry.At,
            Agents = new AgentSet([
                .. AgentsOf(created).Select(name => new Agent { Name = name, Bindings = RoutingRules.BindingsOf(created, name) }),
            ]),
        };
        return Apply(Checked(state, created, created.Versions), entry);
    }

    private static IEnumerable<string> AgentsOf(LoopCreated created) =>
        [
            AgentNames.Make,
            .. created.Spec.Plan ? [AgentNames.Plan] : (string[])[],
            .. Explore.ExploreRules.IsOn(created) ? [AgentNames.Explore] : (string[])[],
            .. JudgeSeat.Of(created.Spec).Select(s => s.Agent),
        ];

    /// <summary>
    /// The state after a fork's first entry: the parent's files, conversation and history, none of its rights, intents or spend.
    /// </summary>
    public static LoopState BeginFork(LoopState parent, LedgerEntry entry)
    {
        if (
            entry.Events[0] is not LoopForked fork
            || fork.Parent != parent.Id
            || fork.Seq != parent.Seq
            || fork.Hash != parent.Head.ToString()
        )
        {
            throw new Errors.LedgerCorruptException($"loop {entry.Loop} is no fork of entry {parent.Seq} of {parent.Id}", null, entry.Seq);
        }

        var state = parent with
        {
            Id = entry.Loop,
            Fork = fork,
            Lineage = parent.Lineage.Add(fork),
            Spec = parent.Spec with { Budget = fork.Budget },
            Versions = fork.Versions,
            Seq = 0,
            Epoch = 0,
            CreatedAt = entry.At,
            UpdatedAt = default,
            Status = LoopStatus.Running,
            StopReason = null,
            Open = null,
            Outage = null,
            Pause = null,
            NotBefore = default,
            Queued = null,
            InfrastructureFailures = 0,
            LastInfrastructureFailure = null,
            // A pass is a right to a proof: a fork earns its own. Failures stay, the model is told of them.
            GateResults = parent.GateResults.RemoveRange(
                parent.GateResults.Where(r => r.Value.Outcome == GateOutcome.Passed).Select(r => r.Key)
            ),
            Judging = null,
            Probes = ImmutableDictionary<Gates.ProbeKey, GateCompleted>.Empty,
            // The base is the same: what was learnt of a gate there stays known.
            Tallies = ImmutableDictionary.CreateRange(
                parent.Tallies.Select(t =>
                    KeyValuePair.Create(
                        t.Key,
                        new Gates.GateTally
                        {
                            BaseRuns = t.Value.BaseRuns,
                            BaseReds = t.Value.BaseReds,
                            BaseGreens = t.Value.BaseGreens,
                        }
                    )
                )
            ),
            Approval = null,
            Grant = null,
            Refused = null,
            Cancel = null,
            DeadlinePassed = false,
            Overbilled = null,
            Overrun = null,
            Verified = null,
            Refusal = null,
            Spend = new Budgets.BudgetSpend(),
            Bills = [],
            Days = [],
            Account = false,
            Allotment = null,
            Uncovered = null,
            Trace = Gates.StuckTrace.Empty,
            InheritedAttempts = parent.FailedAttempts.Count,
            Log = AttemptTrace.Inherited(parent),
            Signals = [],
            Agents = parent.Agents.Each(agent => agent.Forked()),
        };
        return Apply(Checked(WithoutExternal(state, parent.Open?.Intent), fork, fork.Versions), entry);
    }

    /// <summary>
    /// The parent had begun an external call: whoever goes on from there does not know how it ended, and does not repeat it.
    /// </summary>
    private static LoopState WithoutExternal(LoopState state, LoopEvent? open) =>
        open is ToolRequested { Class: EffectClass.External } tool
            ? WithResult(
                state,
                new ToolCompleted
                {
                    Call = tool.Call,
                    Tool = tool.Tool,
                    Outcome = ToolOutcome.Unknown,
                    Output = OutputText.Inline(
                        "the outcome of this call is unknown: the loop this one was forked from had begun it. It will not be repeated; check what it did before you go on."
                    ),
                }
            )
            : Released(state, state.Acting);

    private static LoopState Checked(LoopState state, LoopEvent loopEvent, EngineVersions versions) =>
        versions == EngineVersions.Current
            ? state
            : Unfit(
                state,
                loopEvent,
                $"it wants version {versions.Machine} of the machine and {versions.Context} of the context builder; this build has version 1 of both"
            );
}
