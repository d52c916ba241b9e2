using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Ledgers.Redis.Ledger;

/// <summary>
/// The string beside each chain: 16 digits of <c>seq</c>, 64 of the hash, 10 of the epoch, then the summary. Fixed widths, so that the
/// server compares and cuts it without parsing; digits, so that an operator can read it.
/// </summary>
internal static class HeadRecord
{
    /// <summary>Bytes of <c>seq</c> and hash: what the next entry's address must name.</summary>
    public const int AddressBytes = 80;

    /// <summary>Bytes before the summary.</summary>
    public const int FixedBytes = 90;

    /// <summary>The head once this entry is the last.</summary>
    public static byte[] After(in LedgerLine line, LoopSummary? summary)
    {
        var text = summary is null ? [] : SummaryText.Write(summary);
        var record = new byte[FixedBytes + text.Length];
        WriteAddress(record, line.Seq, line.Hash);
        Utf8Formatter.TryFormat(line.Epoch, record.AsSpan(AddressBytes), out _, new System.Buffers.StandardFormat('D', 10));
        text.CopyTo(record, FixedBytes);
        return record;
    }

    /// <summary>Address of the head that this entry follows; empty when there may be none.</summary>
    public static byte[] Before(in LedgerLine line)
    {
        if (line.Seq == 1)
        {
            return [];
        }

        var address = new byte[AddressBytes];
        WriteAddress(address, line.Seq - 1, line.Prev);
        return address;
    }

    /// <summary>Address of an audit chain's head.</summary>
    public static byte[] Address(long seq, in LedgerHash hash)
    {
        var address = new byte[AddressBytes];
        WriteAddress(address, seq, hash);
        return address;
    }

    public static bool TryReadAddress(ReadOnlySpan<byte> record, out long seq, out LedgerHash hash)
    {
        (seq, hash) = (0, default);
        return record.Length >= AddressBytes
            && long.TryParse(record[..16], NumberStyles.None, CultureInfo.InvariantCulture, out seq)
            && seq > 0
            && LedgerHash.TryParseHex(record[16..AddressBytes], out hash);
    }

    /// <exception cref="LedgerCorruptException">These bytes are no head.</exception>
    public static LedgerHead Read(LoopId loop, ReadOnlySpan<byte> record) =>
        record.Length >= FixedBytes
        && TryReadAddress(record, out var seq, out var hash)
        && int.TryParse(record[AddressBytes..FixedBytes], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            ? new LedgerHead(seq, epoch, hash)
            : throw Corrupt(loop, "it is no head");

    /// <returns>Null when no entry came with a summary yet.</returns>
    /// <exception cref="LedgerCorruptException">These bytes are no head.</exception>
    public static LoopSummary? ReadSummary(LoopId loop, ReadOnlySpan<byte> record)
    {
        Read(loop, record);
        try
        {
            return record.Length == FixedBytes ? null : SummaryText.Read(loop, record[FixedBytes..]);
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException)
        {
            throw Corrupt(loop, $"its summary cannot be read ({e.Message})");
        }
    }

    private static void WriteAddress(Span<byte> destination, long seq, in LedgerHash hash)
    {
        Utf8Formatter.TryFormat(seq, destination, out _, new System.Buffers.StandardFormat('D', 16));
        Span<byte> bytes = stackalloc byte[LedgerHash.Size];
        hash.CopyTo(bytes);
        Convert.TryToHexStringLower(bytes, destination[16..], out _);
    }

    private static LedgerCorruptException Corrupt(LoopId loop, string reason) =>
        new($"The head of loop '{loop}' in Redis was altered: {reason}. The loop is refused; restore its keys from a backup.", null, 0);
}
