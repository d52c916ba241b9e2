using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Gates;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Proofs;

/// <summary>
/// What a proof or a report says of its loop. Members that have no value are left out. Hashes are lower-case hex SHA-256, files are named
/// relative to the proof.
/// </summary>
public sealed record ExitPredicate
{
    /// <summary><c>verified</c> in a proof, in a report how the loop ended.</summary>
    public required LoopStatus Outcome { get; init; }

    /// <summary>Why a loop that is not verified ended, in words.</summary>
    public string? Reason { get; init; }

    public required string Loop { get; init; }

    public required string Tenant { get; init; }

    public required string Goal { get; init; }

    /// <summary>Of the goal's UTF-8 text.</summary>
    public required string GoalSha256 { get; init; }

    /// <summary>The loop and entry a fork goes on from.</summary>
    public ProofParent? Parent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Of the ledger's last entry here.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>Model by role; the scripted model is named <c>script</c>.</summary>
    public required IReadOnlyDictionary<string, string> Models { get; init; }

    /// <summary>Null when the base could not be read.</summary>
    public ProofTree? Base { get; init; }

    public ProofChange? Change { get; init; }

    /// <summary>Image that calls and gates ran in; null when none was resolved.</summary>
    public string? Image { get; init; }

    public PreparedLayer? Prepared { get; init; }

    public required IReadOnlyList<ProofGate> Gates { get; init; }

    /// <summary>What was protected beside the gates' own globs.</summary>
    public Protection? Protection { get; init; }

    /// <summary>Entry that approved the change of a single-shot loop without gates.</summary>
    public long? ApprovedIn { get; init; }

    /// <summary>The attempts that failed.</summary>
    public required IReadOnlyList<ProofAttempt> FailedAttempts { get; init; }

    /// <summary>What was asked of which model, why, and what it cost.</summary>
    public required IReadOnlyList<ModelBill> Routing { get; init; }

    public required ProofSpend Spend { get; init; }

    public required ProofLedger Ledger { get; init; }

    /// <summary>Versions of machine and context builder.</summary>
    public required EngineVersions Engine { get; init; }

    /// <summary>Id of the key that signs: SHA-256 of its SubjectPublicKeyInfo.</summary>
    public required string Key { get; init; }

    /// <summary>Every file that belongs beside the statement.</summary>
    public IEnumerable<ProofFile> Files() => Gates.Select(g => g.Log).OfType<ProofFile>().Prepend(Change?.Patch).OfType<ProofFile>();
}
