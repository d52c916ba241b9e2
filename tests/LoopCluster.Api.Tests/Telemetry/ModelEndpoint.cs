using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Api.Tests.Telemetry;

/// <summary>A model's endpoint that says one thing and keeps what it was sent.</summary>
internal sealed class ModelEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ModelEndpoint(WebApplication app) => _app = app;

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1";

    public ConcurrentQueue<(string? Traceparent, string Authorization, string Body)> Requests { get; } = new();

    public static async Task<ModelEndpoint> StartAsync(string reply)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var endpoint = new ModelEndpoint(builder.Build());
        endpoint._app.MapPost("/v1/chat/completions", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body);
            endpoint.Requests.Enqueue(
                (context.Request.Headers["traceparent"], context.Request.Headers.Authorization.ToString(), await reader.ReadToEndAsync())
            );
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(reply);
        });
        await endpoint._app.StartAsync();
        return endpoint;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
