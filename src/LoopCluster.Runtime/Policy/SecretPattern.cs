using System.Buffers;
using System.Text;

namespace LoopCluster.Runtime.Policy;

/// <summary>
/// The shape of a kind of token: a prefix nobody writes by chance, and what must follow. A match must have a digit among
/// <see cref="Least"/> or more characters, so that ordinary words behind a short prefix stay as they are.
/// </summary>
/// <param name="Within">What the token must hold somewhere: a lone <c>eyJ</c> begins every JSON in base64.</param>
internal sealed record SecretPattern(string Prefix, int Least, string Within = "")
{
    private const int LongestCheck = 256;

    private static readonly SearchValues<byte> Word = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8
    );
    private static readonly SearchValues<byte> Token = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+=~"u8
    );

    /// <summary>
    /// Well-known forms: OpenAI and Anthropic, GitHub, GitLab, Slack, AWS, Google, Hugging Face, npm, PyPI, Stripe, JSON web tokens, HTTP
    /// headers.
    /// </summary>
    public static IReadOnlyList<SecretPattern> All { get; } =
    [
        new("sk-", 20),
        new("ghp_", 30),
        new("gho_", 30),
        new("ghu_", 30),
        new("ghs_", 30),
        new("ghr_", 30),
        new("github_pat_", 30),
        new("glpat-", 16),
        new("xoxb-", 20),
        new("xoxp-", 20),
        new("xoxa-", 20),
        new("xapp-", 20),
        new("AKIA", 16),
        new("ASIA", 16),
        new("AIza", 30),
        new("hf_", 30),
        new("npm_", 30),
        new("pypi-", 40),
        new("sk_live_", 16),
        new("rk_live_", 16),
        new("eyJ", 40, ".eyJ"),
        new("Bearer ", 20),
    ];

    private readonly byte[] _within = Encoding.ASCII.GetBytes(Within);

    /// <summary>Length of the token at <paramref name="at"/>, where the prefix stands, or 0 when it is none.</summary>
    public int Length(ReadOnlySpan<byte> text, int at)
    {
        if (at > 0 && Word.Contains(text[at - 1]))
        {
            return 0;
        }

        // Decided on a bounded part: a text of near misses in a row must not be read to its end at each of them.
        var rest = text[(at + Prefix.Length)..];
        var token = rest[..Math.Min(rest.Length, LongestCheck)];
        var end = token.IndexOfAnyExcept(Token);
        token = end < 0 ? token : token[..end];
        if (token.Length < Least || !token.ContainsAnyInRange((byte)'0', (byte)'9') || token.IndexOf(_within) < 0)
        {
            return 0;
        }

        end = rest.IndexOfAnyExcept(Token);
        return Prefix.Length + (end < 0 ? rest.Length : end);
    }
}
