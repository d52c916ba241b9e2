using System.Buffers;
using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Audit;

/// <summary>
/// The files under <c>audit/</c>: of each ledger segment its audit lines and nothing else, in order. The segment is what makes a record
/// durable (one sync for both kinds); the copy is written after it without a sync and completed from the segment at the next start.
/// </summary>
internal sealed class AuditCopy(IFileLayer files, DataPaths paths) : IDisposable
{
    private readonly Dictionary<int, ArrayBufferWriter<byte>> _restored = [];
    private IOpenFile? _file;
    private int _segment;

    /// <summary>Length of the current copy.</summary>
    public long Length { get; private set; }

    /// <summary>Takes a line found while reading a segment; <see cref="Restore"/> writes it.</summary>
    public void Collect(int segment, ReadOnlyMemory<byte> line)
    {
        if (!_restored.TryGetValue(segment, out var lines))
        {
            _restored.Add(segment, lines = new ArrayBufferWriter<byte>());
        }

        lines.Write(line.Span);
        lines.Write("\n"u8);
    }

    /// <summary>
    /// Makes the copies of the segments from <paramref name="first"/> on hold what was collected, behind the first <paramref name="keep"/>
    /// bytes of the first.
    /// </summary>
    public void Restore(int first, long keep, int last)
    {
        var present = SegmentFiles.List(files, paths.Audit).Where(n => n >= first);
        foreach (var segment in present.Union(_restored.Keys).Order().ToArray())
        {
            Open(segment, segment == first ? keep : 0);
            Append(segment, _restored.TryGetValue(segment, out var lines) ? lines.WrittenSpan : default);
            _file!.Sync();
        }

        files.SyncDirectory(paths.Audit);
        _restored.Clear();
        if (_segment != last)
        {
            Close();
        }
    }

    /// <summary>Appends whole lines to the copy of a segment.</summary>
    public void Append(int segment, ReadOnlySpan<byte> lines)
    {
        if (_file is null || _segment != segment)
        {
            Open(segment, 0);
        }

        _file!.Write(lines, Length);
        Length += lines.Length;
    }

    /// <summary>Lets go of the current copy without syncing it; null when there is none.</summary>
    public IOpenFile? Detach()
    {
        var file = _file;
        (_file, _segment, Length) = (null, 0, 0);
        return file;
    }

    public void Close()
    {
        _file?.Dispose();
        (_file, _segment, Length) = (null, 0, 0);
    }

    public void Dispose() => Close();

    private void Open(int segment, long keep)
    {
        Close();
        var path = paths.AuditCopy(segment);
        using (var existing = files.OpenRead(path))
        {
            _file = files.OpenWrite(path, create: existing is null);
        }

        _file.Truncate(keep);
        (_segment, Length) = (segment, keep);
    }
}
