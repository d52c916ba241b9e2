using LoopCluster.Engine.Effects;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Loops;

/// <summary>Verify: the gates decide, in the order of the spec; the first that does not pass ends the attempt.</summary>
public static partial class LoopMachine
{
    private static LoopEffect Verify(LoopState state)
    {
        if (state.FailedAttempts.Count == state.Attempt)
        {
            return Decide(new StageEntered(LoopStage.Iterate));
        }

        var tree = state.Workspace.Tree;
        if (state.FailedAttempts.Skip(state.InheritedAttempts).FirstOrDefault(a => a.Tree == tree && a.Flaky is null) is { } earlier)
        {
            return Fail(state, $"the attempt ended on the same files as attempt {earlier.Attempt}, which failed", earlier.Signature);
        }

        if (ChangeRules.Refusal(state.Spec.Changes, state.Workspace) is { } fault)
        {
            return Fail(state, fault, FailureSignature.Of(fault));
        }

        var reasons = new List<string>();
        foreach (var gate in state.Spec.Gates.OfType<CommandGate>())
        {
            // A pass counts for one tree: any later change voids it.
            var fresh = state.GateResults.TryGetValue(gate.Name, out var result) && result.Tree == tree ? result : null;
            if (fresh is null)
            {
                return StartGate(state, gate, GatePhase.Verify, tree, 1);
            }

            if (FlakeRules.MayRunAgain(state, gate, fresh))
            {
                return StartGate(state, gate, GatePhase.Verify, tree, 1, (fresh.Rerun ?? 0) + 1);
            }

            if (FlakeRules.IsExcused(state, gate, fresh))
            {
                continue;
            }

            if (fresh.Outcome != GateOutcome.Passed)
            {
                return Fail(state, VerdictText.Of(gate, fresh), FailureSignature.Of(fresh), gate.Flaky is null ? null : gate.Name);
            }

            if (fresh.Run < gate.Confirm)
            {
                return StartGate(state, gate, GatePhase.Verify, tree, fresh.Run + 1, fresh.Rerun ?? 0);
            }
        }

        if (ReviewRules.Steers(state) is { } steers)
        {
            reasons.Add(steers);
        }

        if ((Steady(state, reasons) ?? Probe(state, reasons)) is { } probe)
        {
            return probe;
        }

        if (Judge(state, tree) is { } judges)
        {
            return judges;
        }

        var asks =
            state.Spec.Gates.Count == 0 ? AskForChange(state)
            : reasons.Count > 0 ? AskForReview(state, reasons)
            : null;
        return asks ?? new Prove { NotBefore = state.NotBefore };
    }

    /// <summary>Gates that were flaky on the change: is the base as flaky? What a person has to weigh of them is added.</summary>
    private static LoopEffect? Steady(LoopState state, List<string> reasons)
    {
        foreach (var gate in state.Spec.Gates.OfType<CommandGate>())
        {
            if (Measure(state, gate) is { } measure)
            {
                return measure;
            }

            if (FlakeRules.ForPerson(state, gate) is { } reason)
            {
                reasons.Add(reason);
            }
        }

        return null;
    }

    private static LoopEffect? Measure(LoopState state, CommandGate gate) =>
        FlakeRules.MustMeasure(state, gate)
            ? StartGate(state, gate, GatePhase.Baseline, state.Base.Tree, FlakeRules.TallyOf(state, gate).BaseRuns + 1)
        : FlakeRules.GreenByChance(state, gate) is { } chance ? Stop(LoopStatus.Rejected, chance)
        : null;

    /// <returns>Null once a person has said yes to the change as it is.</returns>
    private static LoopEffect? AskForReview(LoopState state, IReadOnlyList<string> reasons)
    {
        var tree = state.Workspace.Tree;
        return state.Refused is { } refused && refused.Tree == tree ? Fail(state, refused.Reason, FailureSignature.Of(refused.Reason))
            : state.Grant?.Asked is { Kind: ApprovalKind.Change } asked && asked.Tree == tree ? null
            : state.Approval is null
                ? Decide(
                    new ApprovalAsked
                    {
                        Kind = ApprovalKind.Change,
                        Tree = tree,
                        Rule = "review",
                        Reasons = reasons,
                    }
                )
            : new Wait();
    }

    private static Record Fail(LoopState state, string reason, string signature, string? flaky = null) =>
        Decide(new AttemptFailed(state.Attempt, reason, signature, state.Workspace.Tree, flaky));

    /// <summary>Why the loop counts as stuck, or null.</summary>
    private static string? StuckReason(LoopState state)
    {
        var limits = state.Spec.Stuck;
        if (state.Trace.Same >= limits.SameAction)
        {
            return $"the same action gave the same observation {limits.SameAction} times in a row";
        }

        if (state.Trace.Alternating >= limits.Alternating)
        {
            return $"the last {limits.Alternating} steps alternate between two states";
        }

        var all = state.FailedAttempts.Skip(state.InheritedAttempts).ToList();
        // A tier is stuck by what it has done itself.
        var since = state.Agents[Agents.AgentNames.Make].Route.Failed - state.InheritedAttempts;
        var failed = since > 0 ? all.Skip(since).ToList() : all;
        if (failed.Count == 0)
        {
            return null;
        }

        var last = failed[^1];
        if (last.Flaky is not null)
        {
            // Red by chance as likely as not: only the budget ends a loop whose gate is flaky.
            return null;
        }

        if (last.Tree.Length > 0 && all.Take(all.Count - 1).FirstOrDefault(a => a.Tree == last.Tree && a.Flaky is null) is { } same)
        {
            return $"attempt {last.Attempt} ended on the same files as attempt {same.Attempt}";
        }

        return
            failed.Count >= limits.SameError && failed.TakeLast(limits.SameError).All(a => a.Signature == last.Signature && a.Flaky is null)
            ? $"{limits.SameError} attempts in a row failed with the same error: {last.Reason}"
            : null;
    }
}
