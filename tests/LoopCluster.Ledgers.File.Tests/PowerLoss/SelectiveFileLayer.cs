using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Tests.PowerLoss;

/// <summary>Passes everything on but the syncs of one kind, as if their lines were missing from the code.</summary>
internal sealed class SelectiveFileLayer(IFileLayer inner, SyncPoint ignored) : IFileLayer
{
    private SyncPoint Left { get; } = ignored;

    /// <summary>True while a ledger is being opened.</summary>
    public bool Opening { get; set; }

    /// <summary>When set, the next sync of a segment says so here and waits for the other.</summary>
    public (TaskCompletionSource Reached, ManualResetEventSlim GoOn)? Hold { get; set; }

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public IOpenFile? OpenRead(string path) => inner.OpenRead(path) is { } file ? new SelectiveFile(this, file, path) : null;

    public FileStamp? Stamp(string path) => inner.Stamp(path);

    public IOpenFile OpenWrite(string path, bool create) => new SelectiveFile(this, inner.OpenWrite(path, create), path);

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void SyncDirectory(string path)
    {
        var point = Path.GetFileName(path) switch
        {
            "ledger" => Opening ? SyncPoint.RecoveredSegmentName : SyncPoint.SegmentName,
            "audit" => SyncPoint.AuditCopyName,
            "blobs" => SyncPoint.BlobDirectory,
            _ when Path.GetFileName(Path.GetDirectoryName(path)) == "blobs" => SyncPoint.BlobName,
            _ => SyncPoint.Directories,
        };
        if (point != Left)
        {
            inner.SyncDirectory(path);
        }
    }

    private void WaitIfHeld()
    {
        if (Hold is var (reached, goOn))
        {
            Hold = null;
            reached.SetResult();
            goOn.Wait();
        }
    }

    private sealed class SelectiveFile(SelectiveFileLayer layer, IOpenFile inner, string path) : IOpenFile
    {
        public long Length => inner.Length;

        public FileStamp Stamp => inner.Stamp;

        public int Read(Span<byte> destination, long offset) => inner.Read(destination, offset);

        public void Write(ReadOnlySpan<byte> data, long offset) => inner.Write(data, offset);

        public void Truncate(long length) => inner.Truncate(length);

        public void Sync()
        {
            var directory = Path.GetFileName(Path.GetDirectoryName(path));
            var point =
                directory == "audit" ? SyncPoint.AuditCopy
                : directory != "ledger" ? SyncPoint.Blob
                : !path.EndsWith(".jsonl", StringComparison.Ordinal) ? SyncPoint.None
                : layer.Opening ? SyncPoint.RecoveredSegment
                : SyncPoint.Segment;
            if (point == SyncPoint.Segment)
            {
                layer.WaitIfHeld();
            }

            if (point == SyncPoint.None || point != layer.Left)
            {
                inner.Sync();
            }
        }

        public FileStamp Mark() => inner.Mark();

        public void DropCache() => inner.DropCache();

        public void Dispose() => inner.Dispose();
    }
}
