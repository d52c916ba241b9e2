using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LoopCluster.Ledgers.File.Reads;

/// <summary>
/// What shows that a stored value is not the one that was written: the first eight bytes of its SHA-256. SQLite notices damage of a file's
/// structure, not of the values in it.
/// </summary>
internal static class RowSeal
{
    private const int Size = sizeof(long);

    /// <summary>The seal of a row's columns.</summary>
    public static long OfColumns(string id, string tenant, long status, long created, long seq, string head, string? parent) =>
        Of(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{id}\n{tenant}\n{status}\n{created}\n{seq}\n{head}\n{parent}")
            )
        );

    /// <summary>The value as it is stored: its seal, then JSON.</summary>
    public static byte[] Write<T>(T value, JsonTypeInfo<T> type)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(value, type);
        var stored = new byte[Size + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(stored, Of(text));
        text.CopyTo(stored, Size);
        return stored;
    }

    /// <exception cref="JsonException">It is not what was written.</exception>
    public static T Read<T>(byte[] stored, JsonTypeInfo<T> type) =>
        stored.Length > Size && BinaryPrimitives.ReadInt64LittleEndian(stored) == Of(stored.AsSpan(Size))
            ? JsonSerializer.Deserialize(stored.AsSpan(Size), type) ?? throw Broken()
            : throw Broken();

    public static JsonException Broken() => new("has a row that is not what was written");

    private static long Of(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
