using LoopCluster.Engine.Loops;
using LoopCluster.Ledgers.File.Audit;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;

namespace LoopCluster.Ledgers.File;

/// <summary>
/// Checks a data directory from its bytes alone: every line's shape, JSON and hash, every link of every chain, and that nothing is missing
/// that a checkpoint or the durable mark knows of. Needs no lock and changes nothing.
/// </summary>
public sealed class LedgerVerifier
{
    private readonly IFileLayer _files;
    private readonly DataPaths _paths;

    /// <param name="directory">The data directory.</param>
    public LedgerVerifier(string directory)
        : this(PhysicalFileLayer.Instance, directory) { }

    internal LedgerVerifier(IFileLayer files, string directory) => (_files, _paths) = (files, new DataPaths(directory));

    /// <summary>Checks one loop's chain, or all of them.</summary>
    public ValueTask<ChainVerification> VerifyAsync(LoopId? loop, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var scanned = Scan(null);
        return new ValueTask<ChainVerification>(Judge(scanned, scanned.Index.Loops, loop?.Value, null));
    }

    /// <summary>
    /// Checks one tenant's audit chain, or all of them, and that the files under <c>audit/</c> say the same as the segments.
    /// </summary>
    public ValueTask<ChainVerification> VerifyAuditAsync(string? tenant, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var copies = new AuditCopyCheck(_files, _paths);
        var scanned = Scan(copies.Compare);
        copies.Finish(scanned.Checkpoint);
        return new ValueTask<ChainVerification>(Judge(scanned, scanned.Index.Tenants, tenant, copies.FirstBad));
    }

    private static ChainVerification Judge(Scanned scanned, ChainTable table, string? key, BadEntry? other)
    {
        var chains = table.ToArray().Where(c => key is null || c.Key == key).Select(c => c.Take()).ToArray();
        var bad = chains
            .Where(c => c.Damage is not null)
            .Select(c => new BadEntry(c.Damage!.File, c.Damage.Seq, $"{c.Key}: {c.Damage.Reason}"))
            .FirstOrDefault()
            ?? other
            ?? (key is null ? scanned.Index.Unattributed.Select(d => new BadEntry(d.File, 0, d.Reason)).FirstOrDefault() : null);
        return new ChainVerification(bad is null, chains.Sum(c => (long)c.Positions.Count), bad, scanned.Torn);
    }

    private Scanned Scan(Action<int, ReadOnlyMemory<byte>>? onAuditLine)
    {
        // The checkpoint is no evidence of what is right, only of what was there. It is read first: what it knows, the segments must have.
        var checkpoint = Checkpoint.TryReadAny(_files, _paths, out _);
        var covered = checkpoint is { Segments: [.., var (number, length)] } ? new DurableMark(number, length) : default;
        var index = new LedgerIndex(_files, _paths);
        var torn = new IndexScan(_files, _paths, index, 0, 0)
        {
            Strict = true,
            KnownDurable = covered,
            OnAuditLine = onAuditLine,
        }.Advance(out _);
        if (checkpoint is not null)
        {
            Compare(index.Loops, checkpoint.Loops, covered);
            Compare(index.Tenants, checkpoint.Tenants, covered);
        }

        return new Scanned(
            index,
            checkpoint,
            torn is null ? null : $"{torn.File}: {torn.Bytes} bytes of an interrupted write at offset {torn.Offset}"
        );
    }

    private static void Compare(ChainTable table, IReadOnlyList<ChainSnapshot> known, DurableMark covered)
    {
        foreach (var chain in known)
        {
            var found = table.Find(chain.Key);
            var seq = found?.Take().Head.Seq ?? 0;
            if (seq < chain.Head.Seq)
            {
                found ??= table.New(chain.Key);
                table.Damage(
                    found,
                    new ChainDamage(
                        DataPaths.Display(covered.Segment),
                        seq + 1,
                        $"entries {seq + 1} to {chain.Head.Seq} were there and are gone"
                    )
                );
                table.Enlist(found);
            }
        }
    }

    private sealed record Scanned(LedgerIndex Index, Checkpoint? Checkpoint, string? Torn);
}
