using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;
using static System.FormattableString;

namespace LoopCluster.Engine.Gates;

/// <summary>
/// Red and green on one tree is <em>flaky</em>. Whose doing that is, is measured on the base: a gate that is both there as well was flaky
/// before the change; one that never is, the change made so.
/// </summary>
public static class FlakeRules
{
    /// <summary>The first version of <see cref="StrengthRules"/> that measures the base.</summary>
    private const int Since = 2;

    /// <summary>
    /// A red run may be repeated on the same tree: so often for every attempt that ended there on its red. On the base only a gate that
    /// must pass: one that must be red has been.
    /// </summary>
    public static bool MayRunAgain(LoopState state, GateSpec gate, GateCompleted result)
    {
        if (gate.Flaky is not { } flaky || !IsRed(result.Outcome) || result.Missing is not null)
        {
            return false;
        }

        if (result.Phase == GatePhase.Baseline)
        {
            return gate.Baseline == GateBaseline.Pass && (result.Rerun ?? 0) < flaky.Reruns;
        }

        var before = state.FailedAttempts.Count(a => a.Tree == result.Tree && a.Flaky == gate.Name);
        return (result.Rerun ?? 0) < flaky.Reruns + (before * (flaky.Reruns + 1));
    }

    /// <summary>
    /// The base must be asked once more to know how steady the gate is there: as often as a red run may be repeated, until it has been
    /// both. A gate that may be quarantined is measured before a token is spent, any other once it was flaky on a change.
    /// </summary>
    public static bool MustMeasure(LoopState state, GateSpec gate)
    {
        if (gate.Flaky is not { } flaky || !Holds(state))
        {
            return false;
        }

        var tally = TallyOf(state, gate);
        return (flaky.Quarantine || IsFlaky(state, gate)) && !tally.IsFlakyOnBase && tally.BaseRuns <= flaky.Reruns;
    }

    /// <summary>
    /// Known flaky without any change, and to be set aside for it: its red on a change fails nothing, and is for a person to weigh. A gate
    /// that must show that the goal is met is never set aside.
    /// </summary>
    public static bool IsQuarantined(LoopState state, GateSpec gate) =>
        gate is { Flaky.Quarantine: true, Baseline: GateBaseline.Pass } && Holds(state) && TallyOf(state, gate).IsFlakyOnBase;

    /// <summary>A red of a gate in quarantine. One that ran nothing, or was not let run, is no flake.</summary>
    public static bool IsExcused(LoopState state, GateSpec gate, GateCompleted result) =>
        result is { Outcome: GateOutcome.Failed or GateOutcome.Timeout, Blocked: null } && IsQuarantined(state, gate);

    /// <summary>Why a gate that must be red on the base decides nothing, or null: it is green there by chance.</summary>
    public static string? GreenByChance(LoopState state, GateSpec gate) =>
        gate.Baseline == GateBaseline.Red && gate.Flaky is not null && Holds(state) && TallyOf(state, gate) is { IsFlakyOnBase: true } tally
            ? Invariant(
                $"gate '{gate.Name}' is flaky on the base: red {Times(tally.BaseReds)} and green {Times(tally.BaseGreens)} without any change, so a pass does not tell whether the goal is met. Give a gate that is always red now."
            )
            : null;

    /// <summary>What a person has to weigh of a gate that did not fail the change; null for nothing.</summary>
    public static string? ForPerson(LoopState state, GateSpec gate)
    {
        if (gate.Flaky is null || !Holds(state) || !state.GateResults.TryGetValue(gate.Name, out var result))
        {
            return null;
        }

        var tally = TallyOf(state, gate);
        return IsExcused(state, gate, result)
                ? Invariant(
                    $"gate '{gate.Name}' is in quarantine (on the base red {Times(tally.BaseReds)} and green {Times(tally.BaseGreens)}) and was red {Times(RedsOn(state, gate))} on the change"
                )
            : OriginOf(state, gate) == FlakeOrigin.Change
                ? Invariant(
                    $"gate '{gate.Name}' became flaky: red {Times(RedsOn(state, gate))} and green {Times(tally.Greens)} on the change, green {Times(tally.BaseGreens)} of {tally.BaseRuns} on the base"
                )
            : null;
    }

    /// <summary>Null when it was not flaky on the change as it is.</summary>
    public static FlakeOrigin? OriginOf(LoopState state, GateSpec gate) =>
        TallyOf(state, gate) is var tally && !IsFlaky(state, gate) ? null
        : tally.IsFlakyOnBase ? FlakeOrigin.Base
        : gate.Baseline == GateBaseline.Pass ? FlakeOrigin.Change
        : FlakeOrigin.Unknown;

    /// <summary>What is known of it, for proof and reports; null for a gate that was steady.</summary>
    public static GateFlake? Of(LoopState state, GateSpec gate)
    {
        var tally = TallyOf(state, gate);
        return Holds(state) && (tally.IsFlakyOnBase || IsFlaky(state, gate))
            ? new GateFlake
            {
                Reds = RedsOn(state, gate),
                Greens = tally.Tree == state.Workspace.Tree ? tally.Greens : 0,
                BaseReds = tally.BaseReds,
                BaseGreens = tally.BaseGreens,
                Origin = OriginOf(state, gate),
                Quarantined = IsQuarantined(state, gate),
            }
            : null;
    }

    /// <summary>What the maker is told of gates that were flaky on the files as they are.</summary>
    public static IReadOnlyList<string> Told(LoopState state) =>
        Holds(state)
            ?
            [
                .. state
                    .Spec.Gates.Where(g => IsFlaky(state, g))
                    .Select(g =>
                        Invariant(
                            $"gate '{g.Name}' is flaky: on the same files it was red {Times(RedsOn(state, g))} and green {Times(TallyOf(state, g).Greens)}"
                        )
                    ),
            ]
            : [];

    public static GateTally TallyOf(LoopState state, GateSpec gate) => state.Tallies.GetValueOrDefault(gate.Name) ?? GateTally.None;

    /// <summary>
    /// Red and green on the files as they are: also where another attempt's files, or a fork, came between the two.
    /// </summary>
    private static bool IsFlaky(LoopState state, GateSpec gate) =>
        TallyOf(state, gate) is { Greens: > 0 } tally && tally.Tree == state.Workspace.Tree && RedsOn(state, gate) > 0;

    private static int RedsOn(LoopState state, GateSpec gate)
    {
        var tree = state.Workspace.Tree;
        var tally = TallyOf(state, gate);
        var here = tally.Tree == tree ? tally.Reds : 0;
        return here > 0 ? here : state.FailedAttempts.Count(a => a.Tree == tree && a.Flaky == gate.Name);
    }

    private static bool Holds(LoopState state) => state.Imported.Strength >= Since;

    private static bool IsRed(GateOutcome outcome) => outcome is GateOutcome.Failed or GateOutcome.Timeout or GateOutcome.NoEvidence;

    private static string Times(int count) => Invariant($"{count} {(count == 1 ? "time" : "times")}");
}
