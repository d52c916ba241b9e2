using System.Buffers;

namespace LoopCluster.Models.OpenAI.Replies;

/// <summary>A response body in a rented buffer. Dispose gives it back; the bytes are gone then.</summary>
internal readonly struct PooledBody : IDisposable
{
    private readonly byte[] _buffer;
    private readonly int _length;

    private PooledBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads to the end.</summary>
    /// <param name="cut">True to keep the first <paramref name="limit"/> bytes of a longer body; false to refuse it.</param>
    /// <exception cref="BrokenReplyException">Longer than the limit.</exception>
    public static async ValueTask<PooledBody> ReadAsync(
        Stream stream,
        long? announced,
        int limit,
        bool cut,
        CancellationToken cancellationToken
    )
    {
        if (announced > limit && !cut)
        {
            throw new BrokenReplyException($"it is longer than {limit} bytes");
        }

        // One more than announced, so that the read which finds the end needs no larger buffer.
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(announced ?? 4096, limit) + 1);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                length += read;
                if (length > limit)
                {
                    return cut ? new PooledBody(buffer, limit) : throw new BrokenReplyException($"it is longer than {limit} bytes");
                }

                if (read == 0)
                {
                    return new PooledBody(buffer, length);
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }
}
