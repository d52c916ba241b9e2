using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace LoopCluster.Workspaces.Git;

/// <summary>
/// Writes git's pack format (gitformat-pack(5), version 2, whole objects only) to a seekable stream. An object that turns out to be known,
/// or whose file changed while it was read, is taken back.
/// </summary>
internal sealed class PackWriter : IDisposable
{
    private const int HeaderLength = 12;
    private const int BufferLength = 64 * 1024;

    // ZLibStream writes nothing at all, not even a header, when it is given nothing.
    private static ReadOnlySpan<byte> EmptyDeflated => [0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01];

    private readonly HashSet<ObjectId> _written = [];

    public PackWriter(Stream stream)
    {
        Stream = stream;
        stream.SetLength(0);
        stream.Write(new byte[HeaderLength]);
    }

    public Stream Stream { get; }

    public int Count => _written.Count;

    public bool Contains(ObjectId id) => _written.Contains(id);

    /// <summary>Adds an object whose id the caller has computed; adding it again does nothing.</summary>
    public void Add(PackedType type, ObjectId id, ReadOnlySpan<byte> content)
    {
        if (!_written.Add(id))
        {
            return;
        }

        WriteEntryHeader(type, content.Length);
        if (content.IsEmpty)
        {
            Stream.Write(EmptyDeflated);
            return;
        }

        using var deflate = new ZLibStream(Stream, CompressionLevel.Fastest, leaveOpen: true);
        deflate.Write(content);
    }

    public ObjectId AddBlob(ReadOnlySpan<byte> content)
    {
        var id = ObjectId.Of("blob", content);
        Add(PackedType.Blob, id, content);
        return id;
    }

    /// <summary>
    /// Adds exactly <paramref name="length"/> bytes, more than 0, that <paramref name="read"/> gives (0 at the end). Null, with nothing
    /// added, when there are fewer. Nothing is added either when <paramref name="isKnown"/> knows the object.
    /// </summary>
    public ObjectId? AddBlob(long length, Func<Span<byte>, long, int> read, Func<ObjectId, bool> isKnown)
    {
        var start = Stream.Position;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(length, BufferLength));
        try
        {
            WriteEntryHeader(PackedType.Blob, length);
            using var hasher = new ObjectHasher("blob", length);
            using (var deflate = new ZLibStream(Stream, CompressionLevel.Fastest, leaveOpen: true))
            {
                for (long done = 0; done < length; )
                {
                    var count = read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done)), done);
                    if (count == 0)
                    {
                        start = TakeBack(start, deflate);
                        return null;
                    }

                    hasher.Append(buffer.AsSpan(0, count));
                    deflate.Write(buffer, 0, count);
                    done += count;
                }
            }

            var id = hasher.Finish();
            if (isKnown(id) || !_written.Add(id))
            {
                _ = TakeBack(start, null);
            }

            return id;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Completes header and trailer and rewinds the stream.</summary>
    public void Finish() => Finish(Stream, _written.Count);

    public void Dispose() => Stream.Dispose();

    /// <summary>Writes the header and the trailing checksum of a pack whose entries stand after room for the header.</summary>
    public static void Finish(Stream stream, int count)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        "PACK"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], 2);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], count);
        stream.Position = 0;
        stream.Write(header);

        stream.Position = 0;
        using var hash = Sha1.Create();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        stream.Write(hash.GetHashAndReset());
        stream.Position = 0;
    }

    private long TakeBack(long start, ZLibStream? deflate)
    {
        // The deflater flushes into the stream when disposed, so it goes first.
        deflate?.Dispose();
        Stream.SetLength(start);
        Stream.Position = start;
        return start;
    }

    // Three bits of type and a size in groups of 4, 7, 7, ... bits, lowest first.
    private void WriteEntryHeader(PackedType type, long size)
    {
        Span<byte> header = stackalloc byte[10];
        var length = 0;
        var current = ((int)type << 4) | (int)(size & 15);
        for (size >>= 4; size > 0; size >>= 7)
        {
            header[length++] = (byte)(current | 0x80);
            current = (int)(size & 0x7f);
        }

        header[length++] = (byte)current;
        Stream.Write(header[..length]);
    }
}

/// <summary>Object types of the pack format.</summary>
internal enum PackedType
{
    Commit = 1,
    Tree = 2,
    Blob = 3,
}
