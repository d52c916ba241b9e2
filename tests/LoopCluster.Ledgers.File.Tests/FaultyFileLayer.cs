using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Tests;

/// <summary>The real disk with a fault on demand: a write that stops half-way as on a full disk, or a sync that fails.</summary>
internal sealed class FaultyFileLayer : IFileLayer
{
    private readonly PhysicalFileLayer _inner = PhysicalFileLayer.Instance;

    /// <summary>While true, writes to segments write half and fail.</summary>
    public bool Full { get; set; }

    /// <summary>While true, syncs of segments fail.</summary>
    public bool Broken { get; set; }

    public int Syncs { get; private set; }

    public void CreateDirectory(string path) => _inner.CreateDirectory(path);

    public IReadOnlyList<string> List(string directory) => _inner.List(directory);

    public IOpenFile? OpenRead(string path) => _inner.OpenRead(path);

    public FileStamp? Stamp(string path) => _inner.Stamp(path);

    public IOpenFile OpenWrite(string path, bool create) =>
        path.EndsWith(".jsonl", StringComparison.Ordinal)
            ? new FaultyFile(this, _inner.OpenWrite(path, create))
            : _inner.OpenWrite(path, create);

    public void Rename(string from, string to) => _inner.Rename(from, to);

    public void Delete(string path) => _inner.Delete(path);

    public void SyncDirectory(string path) => _inner.SyncDirectory(path);

    private sealed class FaultyFile(FaultyFileLayer layer, IOpenFile inner) : IOpenFile
    {
        public long Length => inner.Length;

        public FileStamp Stamp => inner.Stamp;

        public int Read(Span<byte> destination, long offset) => inner.Read(destination, offset);

        public void Write(ReadOnlySpan<byte> data, long offset)
        {
            inner.Write(layer.Full ? data[..(data.Length / 2)] : data, offset);
            if (layer.Full)
            {
                throw new IOException("No space left on device");
            }
        }

        public void Truncate(long length) => inner.Truncate(length);

        public void Sync()
        {
            layer.Syncs++;
            if (layer.Broken)
            {
                throw new IOException("Input/output error");
            }

            inner.Sync();
        }

        public FileStamp Mark() => inner.Mark();

        public void DropCache() => inner.DropCache();

        public void Dispose() => inner.Dispose();
    }
}
