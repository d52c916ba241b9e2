namespace LoopCluster.Api.Auth;

/// <summary>Who asks: the tenant of the key that was shown, and the key's visible part.</summary>
internal sealed record Caller(string Tenant, string Key)
{
    /// <summary>As it stands in ledger and audit log.</summary>
    public string By => $"{Tenant}/{Key}";
}
