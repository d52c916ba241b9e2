using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.Auth;

/// <summary>An endpoint that works on a tenant's loops cannot be mapped without a caller: it takes one.</summary>
internal abstract class CallerAuth
{
    public RequestDelegate For(Func<HttpContext, Caller, Task> endpoint) => async context => await endpoint(context, await AuthenticateAsync(context));

    /// <exception cref="Engine.Errors.LoopClusterException"><c>unauthorized</c>.</exception>
    protected abstract ValueTask<Caller> AuthenticateAsync(HttpContext context);
}
