using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using LoopCluster.Engine.Errors;

namespace LoopCluster.Engine.Ledger;

/// <summary>
/// Reads the address of a ledger line from its bytes and checks its hash, without building anything of the entry itself. Strict: the fields
/// must stand in the order <c>loop, seq, at, epoch, type, data, prev, hash</c> with no whitespace between them, as they were sealed.
/// </summary>
public static class LedgerLineReader
{
    /// <summary>Longest line a ledger takes; outputs are in blobs, so only a spec with inline files comes near it.</summary>
    public const int MaxLineBytes = 8 << 20;

    private const int HexLength = 2 * LedgerHash.Size;

    [ThreadStatic]
    private static IncrementalHash? t_sha;

    private static ReadOnlySpan<byte> PrevField => ",\"prev\":\""u8;

    private static ReadOnlySpan<byte> HashField => "\",\"hash\":\""u8;

    /// <summary>Length of <c>,"prev":"…","hash":"…"}</c>, which ends every line of a chain.</summary>
    private const int SealLength = 9 + HexLength + 10 + HexLength + 2;

    /// <summary>Length of <c>,"hash":"…"}</c>, which the hash does not cover.</summary>
    private const int UnhashedLength = 9 + HexLength + 2;

    /// <summary>Reads the address; false when the line does not have the exact shape. The hash is not checked.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out LedgerLineAddress address)
    {
        address = default;
        if (
            !TryReadSeal(line, out var body, out var prev, out var hash)
            || !Take(ref body, "{\"loop\":\""u8)
            || !TakeText(ref body, out var loop)
            || !IsLoopId(loop)
            || !Take(ref body, ",\"seq\":"u8)
            || !TryTakeNumber(ref body, out var seq)
            || seq < 1
            || !Take(ref body, ",\"at\":\""u8)
            || !TakeText(ref body, out _)
            || !Take(ref body, ",\"epoch\":"u8)
            || !TryTakeNumber(ref body, out var epoch)
            || epoch > int.MaxValue
            || !Take(ref body, ",\"type\":\""u8)
            || !TakeText(ref body, out var type)
            || !Take(ref body, ",\"data\":"u8)
            || body.Length < 2
            || body[0] != '{'
            || body[^1] != '}'
        )
        {
            return false;
        }

        address = new LedgerLineAddress
        {
            Loop = loop,
            Seq = seq,
            Epoch = (int)epoch,
            Type = type,
            Data = body,
            Prev = prev,
            Hash = hash,
        };
        return true;
    }

    /// <summary>
    /// Throws unless the bytes are a sealed line with the address they come with. A line that could not be found again would damage the
    /// chain for good, so its address is read the way a start would read it.
    /// </summary>
    /// <exception cref="BadInputException"><c>entry-too-large</c>: it is longer than <see cref="MaxLineBytes"/>.</exception>
    public static void RequireSealed(in LedgerLine line)
    {
        var bytes = line.Utf8.Span;
        if (bytes.Length > MaxLineBytes)
        {
            throw new BadInputException(
                "entry-too-large",
                "",
                $"Entry {line.Seq} of loop '{line.Loop}' has {bytes.Length} bytes; the limit is {MaxLineBytes}."
            );
        }

        if (
            !TryRead(bytes, out var address)
            || address.Seq != line.Seq
            || address.Epoch != line.Epoch
            || address.Prev != line.Prev
            || address.Hash != line.Hash
            || !System.Text.Ascii.Equals(address.Loop, line.Loop.Value)
        )
        {
            throw new ArgumentException(
                $"The bytes of entry {line.Seq} of loop '{line.Loop}' are not a sealed line with this address.",
                nameof(line)
            );
        }
    }

    /// <summary>Reads what ends a line of any chain: <paramref name="body"/> is everything before <c>,"prev"</c>.</summary>
    public static bool TryReadSeal(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> body, out LedgerHash prev, out LedgerHash hash)
    {
        body = default;
        prev = hash = default;
        if (line.Length <= SealLength || line.Contains((byte)'\n'))
        {
            return false;
        }

        body = line[..^SealLength];
        var seal = line[^SealLength..];
        return Take(ref seal, PrevField)
            && LedgerHash.TryParseHex(seal[..HexLength], out prev)
            && seal[HexLength..].StartsWith(HashField)
            && LedgerHash.TryParseHex(seal.Slice(HexLength + HashField.Length, HexLength), out hash)
            && seal.EndsWith("\"}"u8);
    }

    /// <summary>True when <paramref name="hash"/> is that of <paramref name="prev"/> and the line's bytes before <c>,"hash"</c>.</summary>
    public static bool HashMatches(ReadOnlySpan<byte> line, in LedgerHash prev, in LedgerHash hash) =>
        line.Length > UnhashedLength && ComputeHash(prev, line[..^UnhashedLength]) == hash;

    /// <summary>
    /// SHA-256 of the 32 bytes of <paramref name="prev"/> followed by <paramref name="content"/>, the line's bytes before <c>,"hash"</c>.
    /// </summary>
    public static LedgerHash ComputeHash(in LedgerHash prev, ReadOnlySpan<byte> content)
    {
        // One a thread: making its context costs as much as hashing a short line.
        var sha = t_sha ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> digest = stackalloc byte[LedgerHash.Size];
        prev.CopyTo(digest);
        sha.AppendData(digest);
        sha.AppendData(content);
        sha.GetHashAndReset(digest);
        return LedgerHash.FromBytes(digest);
    }

    /// <summary>
    /// True when the line as a whole is one JSON object without a repeated top-level field. A lenient JSON reader could otherwise see
    /// another <c>seq</c> or <c>prev</c> inside <c>data</c>'s place than the chain does. Only a full verification needs this.
    /// </summary>
    public static bool IsOneObject(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        var fields = 0;
        try
        {
            while (reader.Read())
            {
                fields += reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 } ? 1 : 0;
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return fields == 8;
    }

    private static bool Take(scoped ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> literal)
    {
        if (!rest.StartsWith(literal))
        {
            return false;
        }

        rest = rest[literal.Length..];
        return true;
    }

    /// <summary>Takes a string's content and its closing quote. Escapes are refused: no field before <c>data</c> needs one.</summary>
    private static bool TakeText(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        var end = rest.IndexOf((byte)'"');
        text = end > 0 ? rest[..end] : default;
        if (end <= 0 || text.Contains((byte)'\\'))
        {
            return false;
        }

        rest = rest[(end + 1)..];
        return true;
    }

    private static bool TryTakeNumber(scoped ref ReadOnlySpan<byte> rest, out long number)
    {
        number = 0;
        var digits = 0;
        while (digits < rest.Length && digits < 18 && char.IsAsciiDigit((char)rest[digits]))
        {
            number = number * 10 + (rest[digits++] - '0');
        }

        // A leading zero would be a second spelling of the same number.
        if (digits == 0 || (rest[0] == '0' && digits > 1))
        {
            return false;
        }

        rest = rest[digits..];
        return true;
    }

    private static bool IsLoopId(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= 64 && text[0] != '-' && !text.ContainsAnyExcept(LoopIdBytes);

    private static readonly SearchValues<byte> LoopIdBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);
}
