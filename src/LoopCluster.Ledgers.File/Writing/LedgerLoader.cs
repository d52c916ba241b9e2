using LoopCluster.Ledgers.File.Audit;
using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using Microsoft.Extensions.Logging;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>
/// Brings a data directory back to a sound state and its index into memory. Only the holder of the directory's lock may do this.
/// </summary>
internal sealed partial class LedgerLoader(IFileLayer files, DataPaths paths, AuditCopy audit, ILogger logger)
{
    public LoadedLedger Load()
    {
        // 1. What the checkpoint covers need not be read.
        var index = new LedgerIndex(files, paths);
        var checkpoint = Checkpoint.TryRead(files, paths, out var refusal);
        if (refusal is not null)
        {
            LogCheckpointIgnored(refusal);
        }

        checkpoint?.Restore(index);
        var (segment, offset) = checkpoint is { Segments: [.., var covered] } ? covered : (0, 0L);

        // 2. Everything behind it is read and checked.
        var scan = new IndexScan(files, paths, index, segment, offset) { OnAuditLine = audit.Collect };
        var torn = scan.Advance(out _);

        // 3. The torn tail is cut, and what was read is made durable before anyone acts on it.
        if (scan.Segment > 0 && (torn is not null || (scan.Segment, scan.Offset) != (segment, offset)))
        {
            using var file = files.OpenWrite(paths.Segment(scan.Segment), create: false);
            index.Watch.Change(scan.Segment, file, () =>
            {
                if (torn is not null)
                {
                    LogTornTail(torn.File, torn.Offset, torn.Bytes);
                    file.Truncate(torn.Offset);
                }

                WriteAgain(file, scan.Segment == segment ? offset : 0, scan.Segment, scan.Offset);
            });
            file.Sync();
            files.SyncDirectory(paths.Ledger);
        }

        audit.Restore(segment, checkpoint?.AuditBytes ?? 0, scan.Segment);
        Report(index);
        return new LoadedLedger(
            index,
            scan.Segment,
            scan.Offset,
            new LedgerRecovery(torn?.File, torn?.Bytes ?? 0, scan.Lines, checkpoint is not null, Damages(index))
        );
    }

    /// <summary>
    /// Writes the bytes that no sync is known to have covered once more, in place. They may be in the page cache only, and after a failed
    /// sync of the process before even as clean pages, which another sync would not write.
    /// </summary>
    private void WriteAgain(IOpenFile file, long covered, int segment, long end)
    {
        var mark = DurableMark.Read(files, paths.Ledger);
        var start = Math.Max(Math.Max(covered, mark.Segment == segment ? mark.Length : 0), end - IndexScan.MaxUnsyncedBytes);
        if (start < end)
        {
            var bytes = new byte[end - start];
            file.Write(bytes.AsSpan(0, file.Read(bytes, start)), start);
        }
    }

    private void Report(LedgerIndex index)
    {
        foreach (var damage in Damages(index))
        {
            LogDamage(damage.File, damage.Chain ?? "no known loop", damage.Seq, damage.Reason);
        }
    }

    private static List<LedgerDamage> Damages(LedgerIndex index) =>
        [
            .. index
                .Loops.ToArray()
                .Concat(index.Tenants.ToArray())
                .Select(c => c.Take())
                .Where(c => c.Damage is not null)
                .Select(c => new LedgerDamage(c.Damage!.File, c.Key, c.Damage.Seq, c.Damage.Reason)),
            .. index.Unattributed.Select(d => new LedgerDamage(d.File, null, 0, d.Reason)),
        ];
}

/// <summary>An index with the place where appending goes on.</summary>
internal sealed record LoadedLedger(LedgerIndex Index, int Segment, long Length, LedgerRecovery Recovery);
