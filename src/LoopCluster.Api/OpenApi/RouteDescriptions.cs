using System.Reflection;
using LoopCluster.Api.Loops;
using LoopCluster.Client.Answers;
using LoopCluster.Engine.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LoopCluster.Api.OpenApi;

/// <summary>What a route takes and answers, told where it is mapped. The document is made of this and of the records.</summary>
internal static class RouteDescriptions
{
    private static readonly string[] Problem = ["application/problem+json"];

    /// <summary>Routes are described by a handler's method; ours all look like this one.</summary>
    private static readonly MethodInfo Handler = ((Delegate)HandleAsync).Method;

    /// <param name="problems">Statuses of the problems it may answer with.</param>
    public static TBuilder Told<TBuilder>(this TBuilder route, string summary, params int[] problems)
        where TBuilder : IEndpointConventionBuilder =>
        route
            .WithSummary(summary)
            .WithMetadata([
                Handler,
                .. problems.Select(status => new ProducesResponseTypeMetadata(status, typeof(ProblemAnswer), Problem)),
            ]);

    public static TBuilder Takes<TBuilder>(this TBuilder route, params RouteParameter[] parameters)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata([.. parameters]);

    public static TBuilder TakesBody<TBuilder>(this TBuilder route, Type type, bool optional, params string[] contentTypes)
        where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RouteBody(type, optional, contentTypes is [] ? [RequestBody.Json] : contentTypes));

    public static TBuilder Answers<TBuilder>(this TBuilder route, int status, Type? type, params string[] contentTypes)
        where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(
            new ProducesResponseTypeMetadata(
                status,
                type ?? typeof(void),
                type is null || contentTypes is not [] ? contentTypes : [RequestBody.Json]
            )
        );

    /// <summary>A signal to a loop, answered with the loop.</summary>
    public static TBuilder Signals<TBuilder>(this TBuilder route, string summary, Type body, bool optional)
        where TBuilder : IEndpointConventionBuilder =>
        route
            .Told(summary, 400, 401, 404, 409, 413, 415, 422, 503)
            .Takes(RouteParameter.IdempotencyKey)
            .TakesBody(body, optional)
            .Answers(200, typeof(LoopReport));

    private static Task HandleAsync(HttpContext context) => Task.CompletedTask;
}
