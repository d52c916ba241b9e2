using System.Net;
using System.Net.Http.Headers;
using LoopCluster.Api;
using LoopCluster.Bench.Turns;
using LoopCluster.Engine.Loops;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Runtime.Reviews;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace LoopCluster.Bench.Reads;

/// <summary>The product's API over the loops of a bench's directory, and a client with a key.</summary>
internal sealed class ReadsServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly HttpClient _client;

    private ReadsServer(WebApplication application, string key)
    {
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        (_application, _client) = (application, new HttpClient { BaseAddress = new Uri(address + "/") });
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public static async Task<ReadsServer> StartAsync(BenchServices services, string root)
    {
        var ports = services.Ports(services.Models);
        var models = ModelCatalog.Parse("models: {}");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoopHost>(
            new LocalLoopHost(ports, new LoopStarter(ports, models, TenantLimits.None), TenantLimits.None, NullLoggerFactory.Instance)
        );
        builder.Services.AddSingleton(models);
        builder.Services.AddSingleton(new LoopReviews(ports.Audit, ports.Records, TimeProvider.System));
        builder.Services.AddSingleton(new ProofKey(Path.Combine(root, "keys")));
        var keys = new FileApiKeyStore(Path.Combine(root, "keys"));
        var (key, kept) = ApiKeys.New(TurnsSpec.Tenant, TimeProvider.System);
        await keys.AddAsync(kept, default);
        builder.Services.AddSingleton<IApiKeyStore>(keys);
        builder.Services.AddLoopApi();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        application.MapLoopApi();
        await application.StartAsync();
        return new ReadsServer(application, key);
    }

    /// <summary>The place of a loop in lists: all of the bench's were created at one moment.</summary>
    public static string CursorOf(LoopId loop) => new LoopCursor(HistoryStart, loop).ToString();

    private static long HistoryStart { get; } = DateTimeOffset.UnixEpoch.AddYears(50).AddMilliseconds(5).ToUnixTimeMilliseconds();

    public async Task GetAsync(string path)
    {
        using var response = await _client.GetAsync(path);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _application.DisposeAsync();
    }
}
