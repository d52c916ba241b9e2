using LoopCluster.Engine.Budgets;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;

namespace LoopCluster.Runtime.Ports;

/// <summary>
/// Everything that lists, reports and bills show of a loop, as of one entry. <see cref="Of"/> is the only way to one, so that a record kept
/// while the loop ran and one made from its ledger afterwards are the same.
/// </summary>
public sealed record LoopRecord
{
    public required LoopSummary Summary { get; init; }

    /// <summary>Null for a damaged loop. The proof's place is the reader's to say: see <see cref="Show"/>.</summary>
    public LoopReport? Report { get; init; }

    /// <summary>The entry it is as of; 0 for a damaged loop.</summary>
    public long Seq { get; init; }

    /// <summary>That entry's hash.</summary>
    public string Head { get; init; } = "";

    /// <summary>Entries of other loops that it rests on: of a fork its parent's, and theirs, the nearest last.</summary>
    public IReadOnlyList<RecordAncestor> Ancestors { get; init; } = [];

    /// <summary>SHA-256 (hex) of the request that made it, when it came with a key.</summary>
    public string? Request { get; init; }

    /// <summary>The latest allotment that it drew from its tenant's account.</summary>
    public Allotment? Allotment { get; init; }

    public static LoopRecord Of(LoopState state) =>
        new()
        {
            Summary = LoopSummary.Of(state),
            Report = LoopReport.Of(state),
            Seq = state.Seq,
            Head = state.Head.ToString(),
            Ancestors = [.. state.Lineage.Select(f => new RecordAncestor(f.Parent, f.Seq))],
            // A fork's creation is its first ancestor's.
            Allotment = state.Allotment,
            Request = state.Fork is { } fork ? fork.Request : state.Created.Request,
        };

    /// <summary>The report as it is shown.</summary>
    /// <param name="proofFile">Where a verified loop's proof is.</param>
    /// <exception cref="Engine.Errors.LedgerCorruptException">The loop is damaged.</exception>
    public LoopReport Show(Func<LoopId, string> proofFile) =>
        (Report ?? throw new Engine.Errors.LedgerCorruptException(Summary.Damage ?? "the loop is damaged", null, 0)) with
        {
            Proof = Summary.Status == LoopStatus.Verified ? proofFile(Summary.Id) : null,
        };
}

/// <summary>A loop that was forked after this entry.</summary>
public sealed record RecordAncestor(LoopId Loop, long Seq);
