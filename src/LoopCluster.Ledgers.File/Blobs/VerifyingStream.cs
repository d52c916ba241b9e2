using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Blobs;

/// <summary>Reads a blob once, from start to end, and compares its hash when the end is reached.</summary>
internal sealed class VerifyingStream(IOpenFile file, string hash) : Stream
{
    private readonly IncrementalHash _hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly long _length = file.Length;
    private long _position;
    private bool? _intact;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <exception cref="LoopClusterException"><c>blob-corrupt</c>: the end was reached and the bytes are not those the name stands
    /// for.</exception>
    public override int Read(Span<byte> buffer)
    {
        var read = ReadNext(buffer);
        return _intact is false
            ? throw new LoopClusterException(
                "blob-corrupt",
                $"Blob {hash} holds other bytes than were stored: it was damaged or altered on disk. Restore it from a copy."
            )
            : read;
    }

    /// <summary>Reads to the end; true when the bytes are those the name stands for.</summary>
    public bool Verify()
    {
        var buffer = new byte[64 << 10];
        while (ReadNext(buffer) > 0) { }

        return _intact is true;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new ValueTask<int>(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            _hasher.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// The check happens with the read that returns the last bytes, so that a reader who stops at <see cref="Length"/> is warned too.
    /// </summary>
    private int ReadNext(Span<byte> buffer)
    {
        if (_intact is not null || (buffer.IsEmpty && _length > 0))
        {
            return 0;
        }

        var read = file.Read(buffer, _position);
        _hasher.AppendData(buffer[..read]);
        _position += read;
        if (_position >= _length || read == 0)
        {
            _intact = Convert.ToHexStringLower(_hasher.GetHashAndReset()) == hash;
        }

        return read;
    }
}
