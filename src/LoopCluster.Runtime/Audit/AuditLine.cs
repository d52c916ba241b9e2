using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Ledger;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Audit;

/// <summary>
/// The line of an audit record: <c>tenant, seq, at, loop, type, data, prev, hash</c>, sealed like a ledger entry. The first <c>prev</c> of
/// a tenant is SHA-256 of <c>loopcluster-audit/1</c> + tenant. Every driver of <see cref="Ports.IAuditLog"/> writes this line.
/// </summary>
public static class AuditLine
{
    public const int MaxTenantLength = 64;

    /// <summary>Largest record; what is longer belongs into a blob that the record names.</summary>
    public const int MaxBodyBytes = 64 << 10;

    /// <summary>Most records of one append.</summary>
    public const int MaxRecords = 32;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@:/"
    );

    public static LedgerHash Genesis(string tenant) => LedgerHash.Of(Encoding.UTF8.GetBytes("loopcluster-audit/1" + tenant));

    /// <summary>
    /// Renders everything but the address: <c>,"at":…,"loop":…,"type":…,"data":…</c>. Done by the caller, off the writer's thread.
    /// </summary>
    public static PendingAudit Render(AuditRecord record)
    {
        RequirePlain(record.Tenant, nameof(record.Tenant), MaxTenantLength);
        RequirePlain(record.Type, nameof(record.Type), 64);
        if (record.Loop.Length > 0)
        {
            RequirePlain(record.Loop, nameof(record.Loop), 64);
        }

        if (record.Data.ValueKind != JsonValueKind.Object)
        {
            throw new ArgumentException("The data of an audit record is a JSON object.", nameof(record));
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        var at = record.At.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        buffer.Write(Encoding.ASCII.GetBytes($",\"at\":\"{at}\",\"loop\":\"{record.Loop}\",\"type\":\"{record.Type}\",\"data\":"));
        using (var writer = new Utf8JsonWriter(buffer))
        {
            record.Data.WriteTo(writer);
        }

        if (buffer.WrittenCount > MaxBodyBytes)
        {
            throw new BadInputException(
                "audit-record-invalid",
                "data",
                $"The record has {buffer.WrittenCount} bytes; the limit is {MaxBodyBytes}."
            );
        }

        return new PendingAudit(record.Tenant, buffer.WrittenSpan.ToArray());
    }

    /// <summary>Appends the sealed line to <paramref name="output"/> and returns its hash.</summary>
    public static LedgerHash Seal(ArrayBufferWriter<byte> output, PendingAudit record, long seq, in LedgerHash prev)
    {
        var start = output.WrittenCount;
        output.Write("{\"tenant\":\""u8);
        output.Advance(Encoding.ASCII.GetBytes(record.Tenant, output.GetSpan(MaxTenantLength)));
        output.Write("\",\"seq\":"u8);
        Utf8Formatter.TryFormat(seq, output.GetSpan(20), out var digits);
        output.Advance(digits);
        output.Write(record.Body);
        output.Write(",\"prev\":\""u8);
        WriteHex(output, prev);
        output.Write("\""u8);
        var hash = LedgerLineReader.ComputeHash(prev, output.WrittenSpan[start..]);
        output.Write(",\"hash\":\""u8);
        WriteHex(output, hash);
        output.Write("\"}"u8);
        return hash;
    }

    /// <summary>Reads tenant, seq, prev and hash of a line of exactly this shape. The hash is not checked.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> line,
        out ReadOnlySpan<byte> tenant,
        out long seq,
        out LedgerHash prev,
        out LedgerHash hash
    )
    {
        tenant = default;
        seq = 0;
        var start = "{\"tenant\":\""u8;
        if (!LedgerLineReader.TryReadSeal(line, out var body, out prev, out hash) || !body.StartsWith(start) || body[^1] != '}')
        {
            return false;
        }

        body = body[start.Length..];
        var end = body.IndexOf((byte)'"');
        if (end is <= 0 or > MaxTenantLength || !body[end..].StartsWith("\",\"seq\":"u8))
        {
            return false;
        }

        tenant = body[..end];
        body = body[(end + "\",\"seq\":".Length)..];
        return Utf8Parser.TryParse(body, out seq, out var used)
            && seq > 0
            && body[0] is >= (byte)'1' and <= (byte)'9'
            && body[used..].StartsWith(",\"at\":\""u8);
    }

    private static void RequirePlain(string text, string field, int limit)
    {
        if (text.Length == 0 || text.Length > limit || text.AsSpan().ContainsAnyExcept(Plain))
        {
            throw new BadInputException(
                "audit-record-invalid",
                field.ToLowerInvariant(),
                $"'{text}' is not 1 to {limit} characters of A-Z a-z 0-9 - _ . @ : /"
            );
        }
    }

    private static void WriteHex(ArrayBufferWriter<byte> output, in LedgerHash hash)
    {
        Span<byte> bytes = stackalloc byte[LedgerHash.Size];
        hash.CopyTo(bytes);
        var hex = output.GetSpan(2 * LedgerHash.Size);
        Convert.TryToHexStringLower(bytes, hex, out var written);
        output.Advance(written);
    }
}

/// <summary>
/// A rendered record that lacks its address and seal: <paramref name="Body"/> is <c>,"at":…,"loop":…,"type":…,"data":…</c>.
/// </summary>
public readonly record struct PendingAudit(string Tenant, byte[] Body);
