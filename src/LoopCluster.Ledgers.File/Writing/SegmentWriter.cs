using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;

namespace LoopCluster.Ledgers.File.Writing;

/// <summary>
/// The segment that is being written: one write and one sync a group. After any fault it must be repaired before it takes another.
/// </summary>
internal sealed class SegmentWriter(IFileLayer files, DataPaths paths, long segmentBytes) : IDisposable
{
    private IOpenFile? _file;
    private IOpenFile? _mark;

    /// <summary>Number of the segment, 0 before the first.</summary>
    public int Number { get; private set; }

    /// <summary>Its durable length.</summary>
    public long Length { get; private set; }

    public bool MustRoll => _file is null || Length >= segmentBytes;

    /// <summary>
    /// Goes on behind what was loaded: in the same segment when <paramref name="append"/> allows it or nothing is in it yet.
    /// </summary>
    public void Resume(int number, long length, bool append)
    {
        Close();
        (Number, Length) = (number, length);
        _file =
            number > 0 && (length == 0 || (append && length < segmentBytes)) ? files.OpenWrite(paths.Segment(number), create: false) : null;
        var path = Path.Combine(paths.Ledger, DurableMark.FileName);
        using (var existing = files.OpenRead(path))
        {
            _mark = files.OpenWrite(path, create: existing is null);
        }

        new DurableMark(Number, Length).Write(_mark);
    }

    /// <summary>Starts the next segment; its name is durable before the first byte is written to it.</summary>
    public void Roll()
    {
        _file?.Dispose();
        _file = null;
        _file = files.OpenWrite(paths.Segment(Number + 1), create: true);
        files.SyncDirectory(paths.Ledger);
        Number++;
        Length = 0;
    }

    /// <summary>Appends whole lines; they are durable on return.</summary>
    public void Commit(ReadOnlySpan<byte> lines, SegmentWatch watch)
    {
        watch.Append(Number, _file!, lines, Length);
        _file!.Sync();
        Length += lines.Length;
        new DurableMark(Number, Length).Write(_mark!);
    }

    /// <summary>
    /// Removes what a failed write may have left: a kernel that failed to write pages back may call them clean, so what is behind the
    /// durable length can be neither trusted nor kept. The segment is not appended to again.
    /// </summary>
    public void CutToDurable()
    {
        Close();
        foreach (var number in SegmentFiles.List(files, paths.Ledger).Where(n => n > Number))
        {
            files.Delete(paths.Segment(number));
        }

        if (Number > 0)
        {
            using var file = files.OpenWrite(paths.Segment(Number), create: false);
            file.DropCache();
            file.Truncate(Length);
            file.Sync();
        }

        files.SyncDirectory(paths.Ledger);
    }

    public void Dispose() => Close();

    private void Close()
    {
        _file?.Dispose();
        _mark?.Dispose();
        (_file, _mark) = (null, null);
    }
}
