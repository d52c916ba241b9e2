namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>
/// What a body is by its first bytes. Headers are set by proxies and frameworks, and are wrong often enough: JSON as text/plain, events as
/// JSON.
/// </summary>
internal enum BodyKind
{
    /// <summary>Nothing but white space.</summary>
    Empty,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>Server-sent events.</summary>
    Events,

    /// <summary>A page of a proxy in front of the endpoint: the model never saw the request.</summary>
    Page,

    /// <summary>Something else.</summary>
    Other,
}

/// <summary>
/// A body that is looked at before it is read. Gives the bytes looked at again, without a byte order mark and leading white space.
/// </summary>
internal sealed class ReplyBytes(Stream body) : Stream
{
    private readonly byte[] _ahead = new byte[512];
    private int _from;
    private int _to;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads as far as it takes to know.</summary>
    public async ValueTask<BodyKind> LookAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_to == _ahead.Length && _from > 0)
            {
                _ahead.AsSpan(_from, _to - _from).CopyTo(_ahead);
                (_from, _to) = (0, _to - _from);
            }

            var read = await body.ReadAsync(_ahead.AsMemory(_to), cancellationToken).ConfigureAwait(false);
            _to += read;
            Trim();
            // A few bytes more than the longest word that decides, so that a split packet does not.
            if (read == 0 || _to - _from >= 16 || (_to > _from && _ahead[_from] is (byte)'{' or (byte)'[' or (byte)'<'))
            {
                return KindOf(_ahead.AsSpan(_from, _to - _from));
            }
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_from == _to)
        {
            return await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        var length = Math.Min(buffer.Length, _to - _from);
        _ahead.AsMemory(_from, length).CopyTo(buffer);
        _from += length;
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    private void Trim()
    {
        if (_ahead.AsSpan(_from, _to - _from).StartsWith("\uFEFF"u8))
        {
            _from += 3;
        }

        while (_from < _to && _ahead[_from] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _from++;
        }
    }

    private static BodyKind KindOf(ReadOnlySpan<byte> start) =>
        start.IsEmpty ? BodyKind.Empty
        : start[0] is (byte)'{' or (byte)'[' ? BodyKind.Json
        : start[0] == (byte)'<' ? BodyKind.Page
        : start[0] == (byte)':'
        || start.StartsWith("data:"u8)
        || start.StartsWith("event:"u8)
        || start.StartsWith("id:"u8)
        || start.StartsWith("retry:"u8)
            ? BodyKind.Events
        : BodyKind.Other;
}
