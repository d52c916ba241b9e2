using LoopCluster.Client;
using LoopCluster.Api.Auth;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Owner;

/// <summary>Over the data directory's socket the file's mode says who asks: whoever may open it owns the directory.</summary>
internal sealed class OwnerAuth : CallerAuth
{
    /// <summary>Of loops that the owner starts without naming one.</summary>
    public const string Tenant = "default";

    protected override ValueTask<Caller> AuthenticateAsync(HttpContext context)
    {
        var user = context.Request.Headers[LoopClient.UserHeader] is [{ Length: > 0 } name] ? Uri.UnescapeDataString(name) : "owner";
        return ValueTask.FromResult(new Caller(Tenant, user) { IsOwner = true });
    }
}
