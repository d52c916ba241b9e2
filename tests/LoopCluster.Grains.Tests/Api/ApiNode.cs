using System.Net;
using LoopCluster.Api;
using LoopCluster.Api.Events;
using LoopCluster.Api.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Grains.Tests.Api;

/// <summary>The API on a loopback port, over the parts of whichever node it belongs to.</summary>
public sealed class ApiNode : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiNode(WebApplication app) => _app = app;

    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="parts">Registers host, models, keys and readiness checks of the node.</param>
    public static async Task<ApiNode> StartAsync(Action<IServiceCollection> parts, IReadOnlyDictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(settings);
        parts(builder.Services);
        builder.Services.AddLoopApi();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapLoopApi();
        await app.StartAsync();
        return new ApiNode(app);
    }

    public int OpenStreams(string tenant) => _app.Services.GetRequiredService<StreamSlots>().Open(tenant);

    public void BeginDrain() => _app.Services.GetRequiredService<ApiDrain>().Begin();

    public async ValueTask DisposeAsync()
    {
        BeginDrain();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
