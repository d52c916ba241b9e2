using LoopCluster.Ledgers.File.Files;
using LoopCluster.Ledgers.File.Index;
using LoopCluster.Runtime.Audit;

namespace LoopCluster.Ledgers.File.Audit;

/// <summary>Compares the files under <c>audit/</c> with the audit lines of the segments, as they were when the check began.</summary>
internal sealed class AuditCopyCheck : IDisposable
{
    private readonly IFileLayer _files;
    private readonly DataPaths _paths;
    private readonly Dictionary<int, long> _lengths = [];
    private readonly Dictionary<int, long> _compared = [];
    private IOpenFile? _file;
    private int _segment;

    public AuditCopyCheck(IFileLayer files, DataPaths paths)
    {
        (_files, _paths) = (files, paths);
        foreach (var number in SegmentFiles.List(files, paths.Audit))
        {
            using var file = files.OpenRead(paths.AuditCopy(number));
            _lengths[number] = file?.Length ?? 0;
        }
    }

    public BadEntry? FirstBad { get; private set; }

    /// <summary>Compares the next audit line of a segment.</summary>
    public void Compare(int segment, ReadOnlyMemory<byte> line)
    {
        if (_segment != segment)
        {
            _file?.Dispose();
            (_segment, _file) = (segment, _files.OpenRead(_paths.AuditCopy(segment)));
        }

        var at = _compared.GetValueOrDefault(segment);
        _compared[segment] = at + line.Length + 1;
        if (_file is null || at + line.Length + 1 > _lengths.GetValueOrDefault(segment))
        {
            return;
        }

        var copy = new byte[line.Length + 1];
        if (_file.Read(copy, at) != copy.Length || !copy.AsSpan(0, line.Length).SequenceEqual(line.Span) || copy[^1] != '\n')
        {
            AuditLine.TryRead(line.Span, out _, out var seq, out _, out _);
            Report(segment, seq, "differs from the record in the segment");
        }
    }

    /// <summary>Finds copies that are longer than their segments account for, or shorter than the checkpoint says they were.</summary>
    public void Finish(Checkpoint? checkpoint)
    {
        foreach (var (segment, length) in _lengths)
        {
            if (length > _compared.GetValueOrDefault(segment))
            {
                Report(segment, 0, "holds lines that no segment has");
            }
        }

        foreach (var (segment, _) in checkpoint?.Segments ?? [])
        {
            var last = segment == checkpoint!.Segments[^1].Number;
            if (_lengths.GetValueOrDefault(segment) < (last ? checkpoint.AuditBytes : _compared.GetValueOrDefault(segment)))
            {
                Report(segment, 0, "is shorter than it was");
            }
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Report(int segment, long seq, string reason) =>
        FirstBad ??= new BadEntry("audit/" + SegmentFiles.Name(segment), seq, reason);
}
