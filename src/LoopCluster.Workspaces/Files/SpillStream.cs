namespace LoopCluster.Workspaces.Files;

/// <summary>
/// A read-write stream that is memory up to <see cref="Limit"/> bytes and a temporary file beyond, so that small packs touch no disk and
/// large ones no heap.
/// </summary>
internal sealed class SpillStream(string temporaryFile) : Stream
{
    private const int Limit = 4 * 1024 * 1024;

    private Stream _inner = new MemoryStream();

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => true;

    public override long Length => _inner.Length;

    public override long Position
    {
        get => _inner.Position;
        set => _inner.Position = value;
    }

    /// <summary>The content while it is in memory.</summary>
    public bool TryGetMemory(out ReadOnlyMemory<byte> content)
    {
        content = _inner is MemoryStream memory ? memory.GetBuffer().AsMemory(0, (int)memory.Length) : default;
        return _inner is MemoryStream;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_inner is MemoryStream memory && memory.Position + buffer.Length > Limit)
        {
            var file = new FileStream(
                temporaryFile,
                FileMode.CreateNew,
                FileAccess.ReadWrite,
                FileShare.None,
                64 * 1024,
                FileOptions.DeleteOnClose
            );
            var position = memory.Position;
            memory.WriteTo(file);
            file.Position = position;
            memory.Dispose();
            _inner = file;
        }

        _inner.Write(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => _inner.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => _inner.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => _inner.Seek(offset, origin);

    public override void SetLength(long value) => _inner.SetLength(value);

    public override void Flush() => _inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
