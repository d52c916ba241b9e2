using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using LoopCluster.Engine.Loops;

namespace LoopCluster.Engine.Ledger;

/// <summary>A SHA-256 value, held without allocation. Text form: 64 lower-case hex digits.</summary>
public readonly record struct LedgerHash(ulong A, ulong B, ulong C, ulong D)
{
    public const int Size = 32;

    /// <summary>
    /// The first <c>prev</c> of a loop: SHA-256 of <c>loopcluster-ledger/1</c> + loop id, so that a chain belongs to one loop.
    /// </summary>
    public static LedgerHash Genesis(LoopId loop) => Of(Encoding.UTF8.GetBytes("loopcluster-ledger/1" + loop.Value));

    public static LedgerHash Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(data, hash);
        return FromBytes(hash);
    }

    public static LedgerHash FromBytes(ReadOnlySpan<byte> bytes) => Unsafe.ReadUnaligned<LedgerHash>(in bytes[..Size][0]);

    public void CopyTo(Span<byte> destination) => Unsafe.WriteUnaligned(ref destination[..Size][0], this);

    /// <summary>Parses 64 lower-case hex digits.</summary>
    public static bool TryParseHex(ReadOnlySpan<byte> hex, out LedgerHash hash)
    {
        hash = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (
            hex.Length != 2 * Size
            || Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done
            || hex.ContainsAnyInRange((byte)'A', (byte)'F')
        )
        {
            return false;
        }

        hash = FromBytes(bytes);
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
