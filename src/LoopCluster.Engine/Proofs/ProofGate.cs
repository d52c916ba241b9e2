using LoopCluster.Engine.Events;
using LoopCluster.Engine.Specs;

namespace LoopCluster.Engine.Proofs;

/// <summary>A gate and its latest run: in a proof the pass that counts.</summary>
public sealed record ProofGate
{
    public required string Name { get; init; }

    /// <summary><c>command</c> or <c>judge</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The command.</summary>
    public string? Run { get; init; }

    public IReadOnlyList<string>? Protect { get; init; }

    /// <summary><c>protect: none</c>: nothing that this gate rests on is protected.</summary>
    public bool? Unprotected { get; init; }

    /// <summary>The expression that the output of a pass has to match.</summary>
    public string? Evidence { get; init; }

    /// <summary>Null when it never ran on a change.</summary>
    public GateOutcome? Outcome { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Passes in a row on that tree.</summary>
    public int? Confirmed { get; init; }

    /// <summary>Red runs on the same tree before it passed: the gate is flaky. Null for none.</summary>
    public int? FlakyReruns { get; init; }

    /// <summary>How it was red and green on one tree, and whose doing that is. Null for a steady gate.</summary>
    public Gates.GateFlake? Flake { get; init; }

    public string? ImageId { get; init; }

    /// <summary>Tree of the change it judged.</summary>
    public string? Tree { get; init; }

    /// <summary>Tree it ran on: base + change, protected files from the base.</summary>
    public string? GateTree { get; init; }

    /// <summary>Protected paths the change touched; the gate saw the base's.</summary>
    public IReadOnlyList<string>? Restored { get; init; }

    /// <summary>Paths of the change that steer gates and that a person allowed, the first 100.</summary>
    public IReadOnlyList<string>? Steers { get; init; }

    /// <summary>How it ended on the base; null before it ran there.</summary>
    public GateOutcome? Baseline { get; init; }

    public int? BaselineExitCode { get; init; }

    public ProofFile? Log { get; init; }

    /// <summary>What the gate showed of itself. Null for a judge's, and in loops that an earlier version began.</summary>
    public Gates.GateStrength? Strength { get; init; }

    /// <summary>Of a judge gate: how many vote, and how many approvals make a pass.</summary>
    public JudgeSpec? Judge { get; init; }

    /// <summary>Of a judge gate: the votes with evidence and findings.</summary>
    public IReadOnlyList<JudgeVote>? Votes { get; init; }
}
