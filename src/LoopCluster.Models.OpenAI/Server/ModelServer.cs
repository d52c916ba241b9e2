using System.Net;
using LoopCluster.Engine.Errors;
using LoopCluster.Runtime.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LoopCluster.Models.OpenAI.Server;

/// <summary>
/// Serves a script over the HTTP API of OpenAI-compatible endpoints, for tests, demos and benches. Stateless: a request brings its
/// position, so the server may be restarted, or be several. Every reply is labelled with the model <c>script</c>.
/// </summary>
public sealed class ModelServer : IAsyncDisposable
{
    private const int MaxRequestBytes = 64 * 1024 * 1024;

    private readonly WebApplication _app;
    private readonly ChatCompletions _chat;

    private ModelServer(WebApplication app, ChatCompletions chat)
    {
        _app = app;
        _chat = chat;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Url = new Uri(address.TrimEnd('/') + "/v1");
    }

    /// <summary>Base URL for a model's <c>url</c>.</summary>
    public Uri Url { get; }

    /// <summary>Requests answered with a reply.</summary>
    public long Calls => _chat.Bill.Calls;

    /// <summary>Serves until cancelled.</summary>
    /// <param name="ready">Told the base URL once it answers. May be null.</param>
    /// <inheritdoc cref="StartAsync"/>
    public static async Task RunAsync(ModelServerOptions options, Action<Uri>? ready, CancellationToken cancellationToken)
    {
        var server = await StartAsync(options, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            ready?.Invoke(server.Url);
            var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = cancellationToken.UnsafeRegister(state => ((TaskCompletionSource)state!).SetResult(), stop);
            await stop.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Starts serving; disposing stops.</summary>
    /// <exception cref="BadInputException"><c>script-invalid</c>, or <c>address-unusable</c>: not an address of this machine, or in
    /// use.</exception>
    public static async Task<ModelServer> StartAsync(ModelServerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var chat = new ChatCompletions(ModelScript.Load(options.ScriptFile), options.Delay, TimeProvider.System);
        if (!IPAddress.TryParse(options.Address, out var address) || options.Port is < 0 or > IPEndPoint.MaxPort)
        {
            throw new BadInputException("address-unusable", "", $"{options.Address}:{options.Port} is no IP address and port to serve on.");
        }

        var app = Build(new IPEndPoint(address, options.Port), chat);
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new ModelServer(app, chat);
        }
        catch (Exception fault)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            if (fault is IOException or System.Net.Sockets.SocketException)
            {
                throw new BadInputException(
                    "address-unusable",
                    "",
                    $"{options.Address}:{options.Port} cannot be served on: {fault.Message} Choose another port."
                );
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static WebApplication Build(IPEndPoint endpoint, ChatCompletions chat)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        // Signals are the command line's; the default lifetime would take Ctrl-C for itself.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
                kestrel.Listen(endpoint);
            });
        var app = builder.Build();
        app.MapPost("/v1/chat/completions", (RequestDelegate)chat.AnswerAsync);
        app.MapPost("/chat/completions", (RequestDelegate)chat.AnswerAsync);
        app.MapGet("/v1/models", (RequestDelegate)ChatCompletions.ListModelsAsync);
        app.MapGet("/healthz", (RequestDelegate)chat.ReportAsync);
        app.MapFallback((RequestDelegate)ChatCompletions.ExplainAsync);
        return app;
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
