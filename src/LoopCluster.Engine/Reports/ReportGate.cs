using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Reports;

/// <summary>Where a gate stands.</summary>
/// <param name="Passed">True only for the files as they are now: any later change voids a pass.</param>
/// <param name="ExitCode">Of the latest run; null when it did not end by itself.</param>
/// <param name="Tree">The tree of that run; null before the first.</param>
/// <param name="Baseline">How it ended on the base; null before.</param>
/// <param name="BaselineOutput">The last lines of its output on the base; null before, and when there were none.</param>
/// <param name="Flaky">The latest run passed where one on the same tree was red before.</param>
/// <param name="Reruns">Red runs that the latest run repeated.</param>
/// <param name="Outcome">How the latest run ended; null before the first.</param>
public sealed record ReportGate(
    string Name,
    bool Passed,
    int? ExitCode,
    string? Tree,
    GateOutcome? Outcome,
    GateOutcome? Baseline,
    string? BaselineOutput = null,
    bool Flaky = false,
    int Reruns = 0
)
{
    /// <summary>Of a judge gate: the votes on the latest tree that was judged; null for a command's, and before.</summary>
    public IReadOnlyList<JudgeVote>? Votes { get; init; }

    /// <summary><c>command</c> or <c>judge</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The command; null for a judge's.</summary>
    public string? Run { get; init; }

    /// <summary>What was seen of it in this loop, in numbers.</summary>
    public required Gates.GateTally Tally { get; init; }

    /// <summary>What it showed of itself on the change as it is; null for a judge's, and in loops of earlier versions.</summary>
    public Gates.GateStrength? Strength { get; init; }

    /// <summary>How it was red and green on one tree; null for a steady gate.</summary>
    public Gates.GateFlake? Flake { get; init; }

    public static ReportGate Of(LoopState state, GateSpec gate)
    {
        var baseline = state.Baseline.GetValueOrDefault(gate.Name);
        var verified = state.GateResults.GetValueOrDefault(gate.Name);
        var latest = verified ?? baseline;
        var passed = verified is { Outcome: GateOutcome.Passed } && verified.Tree == state.Workspace.Tree && verified.Run >= gate.Confirm;
        return new ReportGate(
            gate.Name,
            passed,
            latest?.ExitCode,
            latest?.Tree,
            latest?.Outcome,
            baseline?.Outcome,
            LastLines.Of(baseline?.Output),
            latest?.IsFlaky ?? false,
            latest?.Rerun ?? 0
        )
        {
            Kind = gate is CommandGate ? "command" : "judge",
            Run = (gate as CommandGate)?.Run,
            Tally = Gates.FlakeRules.TallyOf(state, gate),
            Strength = gate is CommandGate command && state.Imported.Strength is not null ? Gates.StrengthRules.Of(state, command) : null,
            Votes = verified?.Votes,
            Flake = Gates.FlakeRules.Of(state, gate),
        };
    }
}
