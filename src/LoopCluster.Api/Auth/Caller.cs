namespace LoopCluster.Api.Auth;

/// <summary>Who asks: the tenant of the key that was shown, and the key's visible part.</summary>
internal sealed record Caller(string Tenant, string Key)
{
    /// <summary>
    /// The owner of the data directory, who asks over its socket: every tenant's loops are theirs to see, and the key is the user's name.
    /// </summary>
    public bool IsOwner { get; init; }

    /// <summary>As it stands in ledger and audit log.</summary>
    public string By => IsOwner ? Key : $"{Tenant}/{Key}";

    public bool MaySee(string? tenant) => tenant is not null && (IsOwner || tenant == Tenant);
}
