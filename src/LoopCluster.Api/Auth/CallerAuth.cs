using LoopCluster.Api.Owner;
using LoopCluster.Client;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Auth;

/// <summary>
/// An endpoint that works on a tenant's loops cannot be mapped without a caller: it takes one. Over the network a key says who asks, over a
/// data directory's socket the file's mode.
/// </summary>
internal sealed class CallerAuth(IApiKeyStore keys)
{
    private const string Scheme = "Bearer ";

    public RequestDelegate For(Func<HttpContext, Caller, Task> endpoint) =>
        async context => await endpoint(context, await AuthenticateAsync(context));

    /// <exception cref="LoopClusterException"><c>unauthorized</c>.</exception>
    private async ValueTask<Caller> AuthenticateAsync(HttpContext context)
    {
        if (OwnerConnection.Is(context))
        {
            var user = context.Request.Headers[LoopClient.UserHeader] is [{ Length: > 0 } name] ? Uri.UnescapeDataString(name) : "owner";
            return new Caller(OwnerConnection.Tenant, user) { IsOwner = true };
        }

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
