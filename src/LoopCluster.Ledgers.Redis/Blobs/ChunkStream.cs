using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Ledgers.Redis.Connection;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis.Blobs;

/// <summary>Reads a blob once, chunk by chunk, and compares its hash with the read that returns the last bytes.</summary>
internal sealed class ChunkStream(RedisConnection connection, RedisKey key, long chunks, string hash) : Stream
{
    private readonly IncrementalHash _hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ReadOnlyMemory<byte> _rest;
    private long _next;
    private bool _checked;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="LoopClusterException"><c>blob-corrupt</c>: the end was reached and the bytes are not those the name stands
    /// for.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty && _next < chunks)
        {
            var chunk = await connection
                .RunAsync(
                    (key, _next),
                    static (database, s) => database.ListGetByIndexAsync(s.key, s._next),
                    "reading a blob",
                    cancellationToken
                )
                .ConfigureAwait(false);
            _rest = chunk.IsNull ? throw Corrupt() : (ReadOnlyMemory<byte>)chunk;
            _hasher.AppendData(_rest.Span);
            _next++;
        }

        var read = Math.Min(buffer.Length, _rest.Length);
        _rest[..read].CopyTo(buffer);
        _rest = _rest[read..];
        if (_rest.IsEmpty && _next == chunks && !_checked)
        {
            _checked = true;
            return Convert.ToHexStringLower(_hasher.GetHashAndReset()) == hash ? read : throw Corrupt();
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hasher.Dispose();
        }

        base.Dispose(disposing);
    }

    private LoopClusterException Corrupt() =>
        new("blob-corrupt", $"Blob {hash} holds other bytes than were stored: it was damaged or altered in Redis. Restore it from a copy.");
}
