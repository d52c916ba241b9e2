using LoopCluster.Api.Auth;
using LoopCluster.Api.Events;
using LoopCluster.Api.Health;
using LoopCluster.Api.Loops;
using LoopCluster.Api.Models;
using LoopCluster.Api.OpenApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Api;

public static class LoopApiEndpointRouteBuilderExtensions
{
    /// <summary>Maps every address of the API. Needs <see cref="LoopApiServiceCollectionExtensions.AddLoopApi"/>.</summary>
    public static IEndpointRouteBuilder MapLoopApi(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var auth = services.GetRequiredService<CallerAuth>();
        var one = services.GetRequiredService<LoopEndpoints>();
        var signals = services.GetRequiredService<SignalEndpoints>();

        Get("/v1/loops", services.GetRequiredService<ListEndpoint>().AnswerAsync);
        Post("/v1/loops", services.GetRequiredService<CreateEndpoint>().AnswerAsync);
        Get("/v1/loops/{id}", one.ShowAsync);
        Get("/v1/loops/{id}/events", services.GetRequiredService<EventsEndpoint>().AnswerAsync);
        Get("/v1/loops/{id}/diff", one.DiffAsync);
        Get("/v1/loops/{id}/proof", one.ProofAsync);
        Get("/v1/loops/{id}/proof/{**name}", one.ProofFileAsync);
        Get("/v1/proof-key", one.ProofKeyAsync);
        Post("/v1/loops/{id}/cancel", signals.CancelAsync);
        Post("/v1/loops/{id}/pause", signals.PauseAsync);
        Post("/v1/loops/{id}/resume", signals.ResumeAsync);
        Post("/v1/loops/{id}/message", signals.MessageAsync);
        Post("/v1/loops/{id}/approve", signals.ApproveAsync);
        Post("/v1/loops/{id}/fork", one.ForkAsync);
        Get("/v1/models", services.GetRequiredService<ModelsEndpoint>().AnswerAsync);

        endpoints.MapGet("/healthz", (RequestDelegate)HealthEndpoints.AliveAsync);
        endpoints.MapGet("/readyz", (RequestDelegate)services.GetRequiredService<HealthEndpoints>().ReadyAsync);
        endpoints.MapGet("/openapi/v1.json", (RequestDelegate)OpenApiDocument.AnswerAsync);
        return endpoints;

        void Get(string route, Func<HttpContext, Caller, Task> endpoint) => endpoints.MapGet(route, auth.For(endpoint));

        void Post(string route, Func<HttpContext, Caller, Task> endpoint) => endpoints.MapPost(route, auth.For(endpoint));
    }
}
