using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;

namespace LoopCluster.Ledgers.File.Reading;

/// <summary>
/// An index of somebody else's directory that is brought up to date by reading only what was added. Changes nothing on disk.
/// </summary>
internal sealed class LedgerFollower(IFileLayer files, DataPaths paths)
{
    private readonly Lock _lock = new();
    private LedgerIndex _index = new(files, paths);
    private IndexScan? _scan;
    private (int Segment, long Length) _seen;

    /// <summary>The index as of now.</summary>
    public LedgerIndex Refresh()
    {
        lock (_lock)
        {
            _seen = End();
            _scan ??= Start();
            _scan.Advance(out var shrunk);
            if (shrunk)
            {
                // The owner cut what a failed sync had left: entries read from there may never have been durable.
                _scan = Start();
                _scan.Advance(out _);
            }

            return _index;
        }
    }

    /// <summary>True when the segments have changed since the last <see cref="Refresh"/>.</summary>
    public bool HasChanged()
    {
        lock (_lock)
        {
            return End() != _seen;
        }
    }

    private IndexScan Start()
    {
        _index = new LedgerIndex(files, paths);
        var checkpoint = Checkpoint.TryRead(files, paths, out _);
        checkpoint?.Restore(_index);
        var (segment, offset) = checkpoint is { Segments: [.., var covered] } ? covered : (0, 0L);
        return new IndexScan(files, paths, _index, segment, offset);
    }

    private (int Segment, long Length) End()
    {
        var last = SegmentFiles.List(files, paths.Ledger) is [.., var number] ? number : 0;
        using var file = files.OpenRead(paths.Segment(last));
        return (last, file?.Length ?? 0);
    }
}
