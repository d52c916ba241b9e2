using System.Security.Cryptography;
using LoopCluster.Ledgers.File.Files;

namespace LoopCluster.Ledgers.File.Index;

/// <summary>Writes a file from its start through a buffer and ends it with the SHA-256 of what was written.</summary>
internal sealed class HashedOutput(IOpenFile file) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[128 << 10];
    private int _filled;
    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written + _filled;

    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var part = Math.Min(buffer.Length, _buffer.Length - _filled);
            buffer[..part].CopyTo(_buffer.AsSpan(_filled));
            _filled += part;
            buffer = buffer[part..];
            if (_filled == _buffer.Length)
            {
                Drain();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    /// <summary>Writes what is buffered and the checksum.</summary>
    public void Finish()
    {
        Drain();
        file.Write(_hash.GetHashAndReset(), _written);
    }

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _hash.Dispose();
        base.Dispose(disposing);
    }

    private void Drain()
    {
        var part = _buffer.AsSpan(0, _filled);
        _hash.AppendData(part);
        file.Write(part, _written);
        _written += _filled;
        _filled = 0;
    }
}
