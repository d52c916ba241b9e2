namespace LoopCluster.Engine.Proofs;

public sealed record ProofTree(string Commit, string Tree);

public sealed record ProofFile(string File, string Sha256, long Bytes);

/// <summary>Chain position of a fork's parent.</summary>
public sealed record ProofParent(string Loop, long Seq, string Hash);

/// <summary>The change against the base.</summary>
public sealed record ProofChange
{
    /// <summary>In a proof what was delivered: the tree every gate passed on. In a report, that of the last step.</summary>
    public required string Tree { get; init; }

    /// <summary>Commit of the loop's last step, before protected files were put back.</summary>
    public required string Steps { get; init; }

    /// <summary>Files that differ from the base.</summary>
    public required int Files { get; init; }

    /// <summary>Lines added and removed.</summary>
    public required int Lines { get; init; }

    /// <summary>Paths at which the base's file counts and not the change's, the first 100.</summary>
    public IReadOnlyList<string>? Restored { get; init; }

    /// <summary>From the base's tree to <see cref="Tree"/>; a report has none.</summary>
    public ProofFile? Patch { get; init; }
}

/// <summary>Chain position the statement rests on.</summary>
public sealed record ProofLedger(long Events, string Head);

/// <param name="Signature">The normalised error; equal ones mean the same failure.</param>
/// <param name="Reason">Its beginning.</param>
public sealed record ProofAttempt(int Attempt, string Tree, string Signature, string Reason)
{
    /// <summary>How the last gate on it ended; null when none ran.</summary>
    public Events.GateOutcome? Gate { get; init; }

    /// <summary>The flaky gate it failed at.</summary>
    public string? Flaky { get; init; }
}

/// <summary>What the loop used. Of tokens and cost, <c>assumed</c> is what no endpoint has billed.</summary>
public sealed record ProofSpend(
    int Attempts,
    int Turns,
    long TokensIn,
    long TokensOut,
    long TokensCached,
    long TokensAssumed,
    decimal Cost,
    decimal CostAssumed,
    double SandboxSeconds
);
