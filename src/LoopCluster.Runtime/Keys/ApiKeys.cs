using System.Security.Cryptography;
using System.Text;
using LoopCluster.Runtime.Ports;

namespace LoopCluster.Runtime.Keys;

/// <summary>
/// Makes and checks API keys: <c>lc_PREFIX_SECRET</c>, 12 characters that may be shown and 52 of Crockford's base 32 (260 random bits) that
/// may not.
/// </summary>
/// <remarks>
/// At rest there is only the SHA-256. A slow password hash would buy nothing: nobody guesses 260 bits, however fast the hash is, and every
/// request would pay for it.
/// </remarks>
public static class ApiKeys
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const string Scheme = "lc_";
    private const int PrefixLength = 12;
    private const int SecretLength = 52;

    /// <summary>Characters of a key.</summary>
    public const int Length = 3 + PrefixLength + 1 + SecretLength;

    /// <summary>A new key and what is kept of it. The key itself cannot be had again.</summary>
    /// <exception cref="Engine.Errors.BadInputException"><c>tenant-invalid</c>.</exception>
    public static (string Key, ApiKey Kept) New(string tenant, TimeProvider time)
    {
        TenantName.Require(tenant);
        var prefix = Scheme + RandomNumberGenerator.GetString(Alphabet, PrefixLength);
        var key = $"{prefix}_{RandomNumberGenerator.GetString(Alphabet, SecretLength)}";
        return (key, new ApiKey(tenant, prefix, HashOf(key), time.GetUtcNow()));
    }

    public static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>
    /// The kept key that <paramref name="key"/> is, or null for a wrong, malformed or revoked one; which of these is not told.
    /// </summary>
    public static async ValueTask<ApiKey?> FindAsync(IApiKeyStore store, string key, CancellationToken cancellationToken)
    {
        // Looked up whatever its shape: how long the answer takes says nothing but whether it is a key. What a store compares are hashes,
        // of which a caller cannot choose the first characters.
        var hash = HashOf(key);
        var found = await store.FindAsync(hash, cancellationToken).ConfigureAwait(false);
        return
            found is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(found.Hash), Encoding.ASCII.GetBytes(hash))
            ? found
            : null;
    }
}
