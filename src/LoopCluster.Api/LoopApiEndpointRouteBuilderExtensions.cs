using System.Text.Json;
using LoopCluster.Api.Auth;
using LoopCluster.Api.Events;
using LoopCluster.Api.Health;
using LoopCluster.Api.Loops;
using LoopCluster.Api.Models;
using LoopCluster.Api.OpenApi;
using LoopCluster.Api.Reviews;
using LoopCluster.Client.Answers;
using LoopCluster.Client.Requests;
using LoopCluster.Engine.Loops;
using LoopCluster.Engine.Reports;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Reviews;
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
        var reviews = services.GetRequiredService<ReviewEndpoints>();

        Get("/v1/loops", services.GetRequiredService<ListEndpoint>().AnswerAsync)
            .Told("List the tenant's loops, newest first", 400, 401, 503)
            .Takes(
                RouteParameter.Choice<LoopStatus>("status", "Only these"),
                RouteParameter.Number("limit", "Most loops of a page", 1, LoopQuery.MostLoops, 50),
                RouteParameter.Text("cursor", "next of the page before")
            )
            .Answers(200, typeof(LoopList));
        Post("/v1/loops", services.GetRequiredService<CreateEndpoint>().AnswerAsync)
            .Told("Start a loop of a spec (docs/spec.md)", 400, 401, 413, 415, 422, 503)
            .Takes(RouteParameter.IdempotencyKey)
            .TakesBody(typeof(JsonElement), optional: false, CreateEndpoint.Types)
            .Answers(201, typeof(LoopReport))
            .Answers(200, typeof(LoopReport));
        Get("/v1/loops/{id}", one.ShowAsync)
            .Told("How a loop stands and what each attempt did", 401, 404, 500, 503)
            .Answers(200, typeof(LoopReport));
        Get("/v1/loops/{id}/events", services.GetRequiredService<EventsEndpoint>().AnswerAsync)
            .Told(
                "The ledger's entries, byte for byte: a page, a line each, or a stream until the loop has ended (204: nothing will follow)",
                400,
                401,
                404,
                429,
                503
            )
            .Takes(
                RouteParameter.Number("from", "First entry", 1, null, 1),
                RouteParameter.Number("limit", "Most entries of a page; not for streams", 1, EventsEndpoint.MostEntries, 100),
                RouteParameter.LastEventId
            )
            .Answers(200, typeof(JsonElement[]), RequestBody.Json, EventsEndpoint.Lines, EventsEndpoint.Sse)
            .Answers(204, null);
        Get("/v1/loops/{id}/diff", one.DiffAsync)
            .Told("The change against the base, exact bytes", 401, 404, 503)
            .Answers(200, typeof(string), LoopEndpoints.Patch);
        Get("/v1/loops/{id}/proof", one.ProofAsync)
            .Told("The signed proof of a verified loop, or the signed report of one that ended otherwise", 401, 404, 503)
            .Answers(200, typeof(JsonElement));
        Get("/v1/loops/{id}/proof/{**name}", one.ProofFileAsync)
            .Told("A file that the proof or report names: change.patch, logs/…", 401, 404, 503)
            .Answers(200, typeof(Stream), LoopEndpoints.Bytes);
        Get("/v1/proof-key", one.ProofKeyAsync)
            .Told("The public key that proofs are checked with", 401, 503)
            .Answers(200, typeof(string), LoopEndpoints.Pem);
        Post("/v1/loops/{id}/cancel", signals.CancelAsync).Signals("End a loop", typeof(CancelRequest), optional: true);
        Post("/v1/loops/{id}/pause", signals.PauseAsync).Signals("Stop a loop for a while", typeof(PauseRequest), optional: true);
        Post("/v1/loops/{id}/resume", signals.ResumeAsync)
            .Signals("Go on with a paused, parked or undriven loop", typeof(ResumeRequest), optional: true);
        Post("/v1/loops/{id}/message", signals.MessageAsync).Signals("Tell a loop something", typeof(MessageRequest), optional: false);
        Post("/v1/loops/{id}/approve", signals.ApproveAsync)
            .Signals("Answer what a loop waits for", typeof(ApproveRequest), optional: false);
        Post("/v1/loops/{id}/fork", one.ForkAsync)
            .Told("A new loop from the state after an entry of another", 400, 401, 404, 409, 413, 415, 422, 503)
            .Takes(RouteParameter.IdempotencyKey)
            .TakesBody(typeof(ForkRequest), optional: false)
            .Answers(201, typeof(LoopReport))
            .Answers(200, typeof(LoopReport));
        Get("/v1/reviews", reviews.ListAsync)
            .Told("Verified loops that people look at, newest first", 400, 401, 503)
            .Takes(
                RouteParameter.Choice<ReviewState>("state", "Only these; open when it is left out"),
                RouteParameter.Number(
                    "limit",
                    "Verified loops that are looked at, the newest",
                    1,
                    LoopReviews.MostLoops,
                    ReviewEndpoints.UsualLoops
                )
            )
            .Answers(200, typeof(ReviewList));
        Post("/v1/reviews/{id}", reviews.AnswerAsync)
            .Told("Say what a person thinks of a verified loop; kept in the audit log", 400, 401, 404, 409, 413, 415, 503)
            .TakesBody(typeof(ReviewRequest), optional: false)
            .Answers(200, typeof(ReviewItem));
        Get("/v1/gates", reviews.GatesAsync)
            .Told("What the tenant's gates are worth, as far as its newest loops have shown", 400, 401, 503)
            .Takes(
                RouteParameter.Number("limit", "Loops that are looked at, the newest", 1, LoopReviews.MostLoops, ReviewEndpoints.UsualLoops)
            )
            .Answers(200, typeof(GateList));
        Get("/v1/models", services.GetRequiredService<ModelsEndpoint>().AnswerAsync)
            .Told("The names of models that a spec may use", 401, 503)
            .Answers(200, typeof(ModelList));

        Open("/healthz", HealthEndpoints.AliveAsync).Told("Whether this process answers").Answers(200, typeof(LifeReport));
        Open("/readyz", services.GetRequiredService<HealthEndpoints>().ReadyAsync)
            .Told("Whether it should be sent work")
            .Answers(200, typeof(ReadinessReport))
            .Answers(503, typeof(ReadinessReport));
        Open("/openapi/v1.json", services.GetRequiredService<OpenApiDocuments>().AnswerAsync)
            .Told("This document")
            .Answers(200, typeof(JsonElement));
        return endpoints;

        IEndpointConventionBuilder Get(string route, Func<HttpContext, Caller, Task> endpoint) =>
            endpoints.MapGet(route, auth.For(endpoint));

        IEndpointConventionBuilder Post(string route, Func<HttpContext, Caller, Task> endpoint) =>
            endpoints.MapPost(route, auth.For(endpoint));

        IEndpointConventionBuilder Open(string route, RequestDelegate endpoint) =>
            endpoints.MapGet(route, endpoint).WithMetadata(OpenRoute.Mark);
    }
}
