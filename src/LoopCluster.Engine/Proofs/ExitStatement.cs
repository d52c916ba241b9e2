using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoopCluster.Engine.Events;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Proofs;

/// <summary>
/// What is signed of a loop that has ended: an in-toto Statement v1 (github.com/in-toto/attestation). Its predicate is the last member and
/// does not name the delivered commit, because that commit names the predicate by its hash.
/// </summary>
public sealed record ExitStatement
{
    public const string StatementType = "https://in-toto.io/Statement/v1";

    /// <summary>Every gate passed on the subjects.</summary>
    public const string ProofType = "https://loopcluster.dev/attestations/exit-proof/v1";

    /// <summary>The loop ended otherwise: nothing is verified.</summary>
    public const string ReportType = "https://loopcluster.dev/attestations/exit-report/v1";

    [JsonPropertyName("_type")]
    public required string Type { get; init; }

    public required IReadOnlyList<StatementSubject> Subject { get; init; }

    public required string PredicateType { get; init; }

    public required ExitPredicate Predicate { get; init; }

    [JsonIgnore]
    public bool IsProof => PredicateType == ProofType;

    /// <summary>Id of the delivered commit; of a report, that of the last step. Null for none.</summary>
    [JsonIgnore]
    public string? Commit => Digest(StatementSubject.GitCommit);

    [JsonIgnore]
    public string? Tree => Digest(StatementSubject.GitTree);

    /// <param name="commit">The delivered commit. It has the predicate's tree.</param>
    public static ExitStatement Proof(ExitPredicate predicate, string commit) =>
        new()
        {
            Type = StatementType,
            Subject = StatementSubject.Of(predicate.Change!.Tree, commit),
            PredicateType = ProofType,
            Predicate = predicate,
        };

    /// <summary>About the files of the last step or, where there are none, the ledger itself.</summary>
    public static ExitStatement Report(ExitPredicate predicate) =>
        new()
        {
            Type = StatementType,
            Subject = predicate.Change is { } change
                ? StatementSubject.Of(change.Tree, change.Steps)
                : [new StatementSubject("ledger", new Dictionary<string, string> { ["sha256"] = predicate.Ledger.Head })],
            PredicateType = ReportType,
            Predicate = predicate,
        };

    /// <summary>The payload: the same statement has the same bytes.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ProofJson.Exact.ExitStatement);

    /// <summary>For people: the same, indented.</summary>
    public byte[] ToReadable() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ProofJson.Readable.ExitStatement), (byte)'\n'];

    /// <summary>SHA-256 of the predicate's bytes in the payload, lower-case hex: what the delivered commit names.</summary>
    public static string HashOf(ExitPredicate predicate) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(predicate, ProofJson.Exact.ExitPredicate)));

    /// <summary>What a payload says. Members that a later version added are passed over.</summary>
    /// <param name="fault">What is wrong with it; null when a statement is returned.</param>
    public static ExitStatement? Read(ReadOnlySpan<byte> payload, out string? fault)
    {
        ExitStatement? statement = null;
        try
        {
            statement = JsonSerializer.Deserialize(payload, ProofJson.Exact.ExitStatement);
            fault = statement is null ? "the payload is no statement" : statement.Fault();
        }
        catch (JsonException e)
        {
            fault = $"the payload is no statement of a known kind: {e.Message}";
        }

        return fault is null ? statement : null;
    }

    /// <summary>What contradicts itself, or null.</summary>
    private string? Fault() =>
        Type != StatementType ? $"its type is '{Type}' and not {StatementType}"
        : PredicateType is not (ProofType or ReportType)
            ? $"its predicate is of the type '{PredicateType}', which is neither a proof nor a report"
        : IsProof != (Predicate.Outcome == LoopStatus.Verified) ? $"a {(IsProof ? "proof" : "report")} of an outcome that it cannot have"
        : IsProof && (Commit is null || Predicate.Change is null || Predicate.Base is null || Predicate.Image is null)
            ? "a proof has to name commit, change, base and image"
        : IsProof && Predicate.Gates.FirstOrDefault(g => !Counts(g)) is { } gate ? $"its gate '{gate.Name}' did not pass"
        : Tree != Predicate.Change?.Tree ? "its subject is another tree than that of its change"
        : null;

    /// <summary>It passed, or a person took the change with the red of a gate in quarantine.</summary>
    private bool Counts(ProofGate gate) =>
        gate.Outcome == GateOutcome.Passed || (gate.Flake?.Quarantined == true && Predicate.ApprovedIn is not null);

    private string? Digest(string name)
    {
        foreach (var subject in Subject)
        {
            if (subject.Digest.TryGetValue(name, out var digest))
            {
                return digest;
            }
        }

        return null;
    }
}

/// <param name="Digest">Digest by algorithm: <c>gitTree</c> and <c>gitCommit</c> are git object ids, lower-case hex.</param>
public sealed record StatementSubject(string Name, IReadOnlyDictionary<string, string> Digest)
{
    public const string GitTree = "gitTree";
    public const string GitCommit = "gitCommit";

    internal static IReadOnlyList<StatementSubject> Of(string tree, string commit) =>
        [
            new("tree", new Dictionary<string, string> { [GitTree] = tree }),
            new("commit", new Dictionary<string, string> { [GitCommit] = commit }),
        ];
}
