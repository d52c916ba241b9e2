using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Auth;

/// <summary>Over the network a key says who asks.</summary>
internal sealed class BearerAuth(IApiKeyStore keys) : CallerAuth
{
    private const string Scheme = "Bearer ";

    protected override async ValueTask<Caller> AuthenticateAsync(HttpContext context)
    {
        var headers = context.Request.Headers.Authorization;
        if (headers.Count != 1 || headers[0] is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new LoopClusterException("unauthorized", "Show an API key: Authorization: Bearer lc_...");
        }

        var key = header[Scheme.Length..].Trim();
        return key.Length <= ApiKeys.Length && await ApiKeys.FindAsync(keys, key, context.RequestAborted) is { } found
            ? new Caller(found.Tenant, found.Prefix)
            : throw new LoopClusterException("unauthorized", "The API key is not known here, or was revoked.");
    }
}
