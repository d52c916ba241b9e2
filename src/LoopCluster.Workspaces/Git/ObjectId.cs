using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LoopCluster.Workspaces.Git;

/// <summary>A SHA-1 object name. Parsing it is also what keeps options and revisions out of git's argument lists.</summary>
internal readonly record struct ObjectId(ulong High, ulong Middle, uint Low)
{
    public const int Length = 20;
    public const int HexLength = 40;

    public static ObjectId FromBytes(ReadOnlySpan<byte> bytes) =>
        new(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(bytes[16..])
        );

    public static bool TryParse(ReadOnlySpan<char> hex, out ObjectId id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (hex.Length != HexLength || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        id = FromBytes(bytes);
        return true;
    }

    /// <exception cref="ArgumentException">Not 40 hex digits.</exception>
    public static ObjectId Parse(string hex) =>
        TryParse(hex, out var id) ? id : throw new ArgumentException($"'{hex}' is no git object id (40 hex digits).", nameof(hex));

    public static ObjectId Parse(ReadOnlySpan<byte> hex) => Parse(Encoding.Latin1.GetString(hex));

    /// <summary>The name git gives to this content.</summary>
    public static ObjectId Of(string type, ReadOnlySpan<byte> content)
    {
        using var hash = new ObjectHasher(type, content.Length);
        hash.Append(content);
        return hash.Finish();
    }

    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Middle);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], Low);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        WriteTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}

/// <summary>Git's object name of content that comes in pieces.</summary>
internal sealed class ObjectHasher : IDisposable
{
    private readonly IncrementalHash _hash = Sha1.Create();

    public ObjectHasher(string type, long length) => _hash.AppendData(Encoding.ASCII.GetBytes($"{type} {length}\0"));

    public void Append(ReadOnlySpan<byte> content) => _hash.AppendData(content);

    public ObjectId Finish()
    {
        Span<byte> bytes = stackalloc byte[ObjectId.Length];
        _ = _hash.GetHashAndReset(bytes);
        return ObjectId.FromBytes(bytes);
    }

    public void Dispose() => _hash.Dispose();
}

internal static class Sha1
{
    // Git's object format, not our choice. Every object made here also passes through git, which refuses content crafted to collide.
#pragma warning disable CA5350
    public static IncrementalHash Create() => IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
}
