using System.Buffers;
using System.Security.Cryptography;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Events;
using LoopCluster.Ledgers.Redis.Blobs;
using LoopCluster.Ledgers.Redis.Connection;
using LoopCluster.Runtime.Ports;
using StackExchange.Redis;

namespace LoopCluster.Ledgers.Redis;

/// <summary>
/// Blobs as lists of chunks, named by their SHA-256. The chunks of a long one gather under a name of their own that expires, and get the
/// blob's name when they are all there: a name never stands for anything but the whole content. Storing again replaces, so that it also
/// mends.
/// </summary>
internal sealed class RedisBlobStore(RedisConnection connection, ReplicaBarrier barrier) : IBlobStore
{
    private const int ChunkBytes = 512 << 10;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private static readonly TimeSpan UploadTime = TimeSpan.FromHours(1);

    /// <summary>The whole of a short blob.</summary>
    private static readonly RedisScript PutScript = new(
        """
        redis.call('DEL', KEYS[1])
        return redis.call('RPUSH', KEYS[1], ARGV[1])
        """
    );

    /// <summary>One chunk, at its place: a repeated one is not added twice.</summary>
    private static readonly RedisScript ChunkScript = new(
        """
        if redis.call('LLEN', KEYS[1]) == tonumber(ARGV[2]) then
          redis.call('RPUSH', KEYS[1], ARGV[1])
          redis.call('EXPIRE', KEYS[1], ARGV[3])
        end
        return redis.call('LLEN', KEYS[1])
        """
    );

    /// <summary>Names the upload. When it is gone the name was given already, by the attempt whose answer was lost.</summary>
    private static readonly RedisScript NameScript = new(
        """
        if redis.call('LLEN', KEYS[2]) == tonumber(ARGV[1]) then
          redis.call('RENAME', KEYS[2], KEYS[1])
          redis.call('PERSIST', KEYS[1])
        end
        return redis.call('LLEN', KEYS[1])
        """
    );

    public async ValueTask<BlobRef> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        RequireSize(content.Length);
        var hash = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        if (content.Length > ChunkBytes)
        {
            using var stream = new MemoryStream(content.ToArray(), writable: false);
            await UploadAsync(hash, stream, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await connection
                .RunAsync(PutScript, [connection.Keys.Blob(hash)], [content], "storing a blob", cancellationToken)
                .ConfigureAwait(false);
        }

        await barrier.WaitAsync(connection.Keys.Blob(hash), cancellationToken).ConfigureAwait(false);
        return new BlobRef(hash, content.Length);
    }

    public async ValueTask<BlobRef> PutAsync(Stream content, CancellationToken cancellationToken)
    {
        // The name is the hash of all of it, and where it lies follows from the name: so it is gathered here first.
        await using var spool = new BlobSpool(ChunkBytes);
        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 << 10];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            RequireSize(spool.Length + read);
            hasher.AppendData(buffer, 0, read);
            await spool.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }

        if (spool.TryGetBytes(out var bytes))
        {
            return await PutAsync(bytes, cancellationToken).ConfigureAwait(false);
        }

        var hash = Convert.ToHexStringLower(hasher.GetHashAndReset());
        await UploadAsync(hash, spool.Read(), cancellationToken).ConfigureAwait(false);
        await barrier.WaitAsync(connection.Keys.Blob(hash), cancellationToken).ConfigureAwait(false);
        return new BlobRef(hash, spool.Length);
    }

    public async ValueTask<Stream?> OpenAsync(string hash, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (hash is not { Length: 64 } || hash.AsSpan().ContainsAnyExcept(HexDigits))
        {
            return null;
        }

        var key = connection.Keys.Blob(hash);
        var chunks = await connection
            .RunAsync(key, static (database, k) => database.ListLengthAsync(k), "opening a blob", cancellationToken)
            .ConfigureAwait(false);
        return chunks == 0 ? null : new ChunkStream(connection, key, chunks, hash);
    }

    private async ValueTask UploadAsync(string hash, Stream content, CancellationToken cancellationToken)
    {
        var upload = connection.Keys.Upload(hash, Guid.NewGuid());
        var buffer = new byte[ChunkBytes];
        var count = 0;
        int read;
        while (
            (read = await content.ReadAtLeastAsync(buffer, ChunkBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false))
            > 0
        )
        {
            var chunk = (ReadOnlyMemory<byte>)buffer.AsMemory(0, read);
            var length = await connection
                .RunAsync(ChunkScript, [upload], [chunk, count, (long)UploadTime.TotalSeconds], "storing a blob", cancellationToken)
                .ConfigureAwait(false);
            count++;
            RequireStored(hash, (long)length, count);
        }

        var named = await connection
            .RunAsync(NameScript, [connection.Keys.Blob(hash), upload], [count], "storing a blob", cancellationToken)
            .ConfigureAwait(false);
        RequireStored(hash, (long)named, count);
    }

    private void RequireStored(string hash, long found, int expected)
    {
        if (found != expected)
        {
            throw new InfrastructureException(
                "ledger-unavailable",
                $"Redis at {connection.Servers} has {found} of {expected} chunks of blob {hash}: it lost some while they were stored (restarted or flushed). Resume the loop to store it again."
            );
        }
    }

    private void RequireSize(long bytes)
    {
        if (bytes > connection.Options.MaxBlobBytes)
        {
            throw new LoopClusterException(
                "blob-too-large",
                $"A blob has more than {connection.Options.MaxBlobBytes} bytes, the most that is kept in Redis. Keep blobs in a directory that every silo shares (`blobs: directory`), or raise {RedisLedgerOptions.Section}:MaxBlobBytes."
            );
        }
    }
}
