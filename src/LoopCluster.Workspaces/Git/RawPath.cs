using System.Text;

namespace LoopCluster.Workspaces.Git;

/// <summary>
/// A path or name as the bytes the file system and git hold, one <c>char</c> (0 to 255) a byte, so that names which are not UTF-8 survive
/// and ordinal comparison is git's order. <see cref="ToString"/> is for people: bytes that are not UTF-8 become U+FFFD.
/// </summary>
internal readonly record struct RawPath(string Bytes) : IComparable<RawPath>
{
    public static readonly RawPath Root = new("");

    public static RawPath FromBytes(ReadOnlySpan<byte> bytes) => new(Encoding.Latin1.GetString(bytes));

    public static RawPath FromText(string text) => FromBytes(Encoding.UTF8.GetBytes(text));

    public bool IsRoot => Bytes.Length == 0;

    public RawPath Parent => Bytes.LastIndexOf('/') is var slash and >= 0 ? new(Bytes[..slash]) : Root;

    public string Name => Bytes[(Bytes.LastIndexOf('/') + 1)..];

    public RawPath Child(string name) => IsRoot ? new(name) : new(string.Concat(Bytes, "/", name));

    public bool IsBelow(RawPath directory) =>
        directory.IsRoot
        || (
            Bytes.Length > directory.Bytes.Length
            && Bytes[directory.Bytes.Length] == '/'
            && Bytes.StartsWith(directory.Bytes, StringComparison.Ordinal)
        );

    public byte[] ToBytes() => Encoding.Latin1.GetBytes(Bytes);

    public int CompareTo(RawPath other) => string.CompareOrdinal(Bytes, other.Bytes);

    public override string ToString()
    {
        foreach (var c in Bytes)
        {
            if (c > 127)
            {
                return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(Bytes));
            }
        }

        return Bytes;
    }

    public static bool operator <(RawPath left, RawPath right) => left.CompareTo(right) < 0;

    public static bool operator >(RawPath left, RawPath right) => left.CompareTo(right) > 0;

    public static bool operator <=(RawPath left, RawPath right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RawPath left, RawPath right) => left.CompareTo(right) >= 0;
}
