namespace LoopCluster.Runtime.Ports;

/// <summary>
/// The keys callers of the API show, without the keys themselves: what is kept finds a key again and cannot be turned back into it. What
/// one process adds or revokes counts in every other process of the deployment within two seconds.
/// </summary>
public interface IApiKeyStore
{
    /// <summary>Keeps a key; durable when the task completes. Adding the same one again is success.</summary>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>keys-unavailable</c>.</exception>
    ValueTask AddAsync(ApiKey key, CancellationToken cancellationToken);

    /// <summary>Every key, by tenant and prefix.</summary>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>keys-unavailable</c>.</exception>
    ValueTask<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Ends the key with this prefix for good; false when there is none.</summary>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>keys-unavailable</c>.</exception>
    ValueTask<bool> RevokeAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>The key with this hash, or null.</summary>
    /// <param name="hash">As <see cref="ApiKey.Hash"/>.</param>
    /// <exception cref="Engine.Errors.InfrastructureException"><c>keys-unavailable</c>: it is not known whether there is one.</exception>
    ValueTask<ApiKey?> FindAsync(string hash, CancellationToken cancellationToken);
}

/// <param name="Prefix">The visible beginning of the key, <c>lc_</c> and 12 characters; unique.</param>
/// <param name="Hash">SHA-256 of the whole key's UTF-8, lower-case hex.</param>
public sealed record ApiKey(string Tenant, string Prefix, string Hash, DateTimeOffset Created);
