using System.Security.Cryptography;
using System.Text;
using LoopCluster.Api.Auth;
using LoopCluster.Engine.Errors;
using LoopCluster.Engine.Loops;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Loops;

/// <summary>
/// What a client sends so that a repeated request does nothing twice. Names are derived from it: the same key is the same loop or signal on
/// every node and after every crash, with no table that could be lost.
/// </summary>
internal sealed record IdempotencyKey(string Value)
{
    public const string Header = "Idempotency-Key";

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    public const int Longest = 255;

    /// <summary>Null when none was sent.</summary>
    /// <exception cref="BadInputException"><c>idempotency-key-invalid</c>.</exception>
    public static IdempotencyKey? Of(HttpContext context)
    {
        string?[] values = context.Request.Headers[Header]!;
        return values switch
        {
            null or [] => null,
            [{ Length: > 0 and <= Longest } key] when key.All(c => c is > ' ' and <= '~') => new IdempotencyKey(key),
            _ => throw new BadInputException(
                "idempotency-key-invalid",
                Header,
                $"must be sent once and have 1 to {Longest} visible ASCII characters"
            ),
        };
    }

    /// <summary>
    /// 26 characters of base 32: 130 bits of a hash over tenant and key. Ids made otherwise have 16, so these never meet.
    /// </summary>
    public LoopId LoopOf(Caller caller) => IdOf("loop", caller.Tenant);

    /// <summary>Id of a fork of one loop.</summary>
    public LoopId ForkOf(LoopId parent) => IdOf("fork", parent.Value);

    private LoopId IdOf(string kind, string owner) => new(string.Create(26, Hash(kind, owner), static (text, hash) =>
            {
                for (var i = 0; i < text.Length; i++)
                {
                    // Five bits from bit 5i on; they may lie across two bytes.
                    var (first, shift) = (i * 5 / 8, 11 - (i * 5 % 8));
                    text[i] = Alphabet[(((hash[first] << 8) | hash[first + 1]) >> shift) & 31];
                }
            }));

    /// <summary>Id of a signal to one loop.</summary>
    public string SignalOf(string kind, LoopId loop) => Convert.ToHexStringLower(Hash(kind, loop.Value).AsSpan(0, 16));

    // A tenant's name and a loop's id have no line end: no two pairs are the same text.
    private byte[] Hash(string kind, string owner) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"loopcluster-idempotency/1\n{kind}\n{owner}\n{Value}"));
}
