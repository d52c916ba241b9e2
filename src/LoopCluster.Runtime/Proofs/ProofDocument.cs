using LoopCluster.Engine.Events;

namespace LoopCluster.Runtime.Proofs;

/// <summary>What a proof says; signed as a whole. Paths are relative to the proof file; hashes are lower-case hex SHA-256.</summary>
public sealed record ProofDocument
{
    public const string CurrentFormat = "loopcluster-proof/1";

    public required string Format { get; init; }

    public required string Loop { get; init; }

    public required string Tenant { get; init; }

    public required string Goal { get; init; }

    /// <summary>Model by role; the scripted model is named <c>script</c>.</summary>
    public required IReadOnlyDictionary<string, string> Models { get; init; }

    public required ProofTree Base { get; init; }

    public required ProofChange Change { get; init; }

    public required string Image { get; init; }

    public PreparedLayer? Prepared { get; init; }

    public required IReadOnlyList<ProofGate> Gates { get; init; }

    /// <summary>What was protected beside the gates' own globs.</summary>
    public Engine.Gates.Protection? Protection { get; init; }

    /// <summary>Entry that approved the change of a single-shot loop without gates.</summary>
    public long? ApprovedIn { get; init; }

    public required ProofLedger Ledger { get; init; }
}

public sealed record ProofTree(string Commit, string Tree);

public sealed record ProofFile(string File, string Sha256, long Bytes);

/// <param name="Tree">What was delivered: the tree every gate passed on. The delivered commit has this tree, the base as its parent, and
/// names this proof by its hash.</param>
/// <param name="Steps">Commit of the loop's last step, before protected files were put back.</param>
public sealed record ProofChange(string Tree, string Steps, ProofFile Patch);

/// <summary>Chain position the proof rests on.</summary>
public sealed record ProofLedger(long Events, string Head);

public sealed record ProofGate
{
    public required string Name { get; init; }

    public required string Run { get; init; }

    public IReadOnlyList<string> Protect { get; init; } = [];

    public string? Evidence { get; init; }

    public required int Confirmed { get; init; }

    public required int ExitCode { get; init; }

    /// <summary>Red runs on the same tree before it passed: the gate is flaky. Null for none.</summary>
    public int? FlakyReruns { get; init; }

    public required string ImageId { get; init; }

    /// <summary>Tree it ran on: base + change, protected files from the base.</summary>
    public required string GateTree { get; init; }

    /// <summary>Protected paths the change touched; the gate saw the base's.</summary>
    public IReadOnlyList<string> Restored { get; init; } = [];

    public required string Baseline { get; init; }

    public int? BaselineExitCode { get; init; }

    public required ProofFile Log { get; init; }
}
