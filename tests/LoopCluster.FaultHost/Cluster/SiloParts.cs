using LoopCluster.Api;
using LoopCluster.Api.Owner;
using LoopCluster.ClusterKit.Networks;
using LoopCluster.FaultHost.Faults;
using LoopCluster.FaultHost.Witness;
using LoopCluster.Grains;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Sandboxes.Cli;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;

namespace LoopCluster.FaultHost.Cluster;

/// <summary>
/// One silo over the deployment's Redis, with a data directory that nobody else sees and a decorator in front of each port that witnesses
/// or fails. Each process is a cluster of its own: what it takes up, it finds in Redis.
/// </summary>
internal sealed class SiloParts : IFaultHost
{
    private readonly WebApplication _host;
    private readonly WitnessLog _witness;

    private SiloParts(WebApplication host, WitnessLog witness, WritePoints points) => (_host, _witness, Points) = (host, witness, points);

    public WritePoints Points { get; }

    public ILoopHost Host => _host.Services.GetRequiredService<ILoopHost>();

    /// <summary>Done when the silo is active and listens for other processes. Its keeper may have taken loops up by then.</summary>
    public static async Task<SiloParts> OpenAsync(HostOptions options)
    {
        var store = options.Redis ?? throw new ArgumentException("A silo keeps its loops in Redis.", nameof(options));
        var data = DataDirectory.Resolve(options.Data);
        data.Create();
        var witness = new WitnessLog(options.Witness, options.Tell);
        var points = new WritePoints(options.KillAt);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        var services = builder.Services;
        services.AddFaultParts(options, data, witness);
        services.AddFaultyRedis(store, points, witness);
        services.AddLoopWorkspaces(workspaces => workspaces.Directory = data.Root);
        services.AddContainerCliSandbox(sandbox => sandbox.StateDirectory = data.SandboxState);
        services.AddOpenAIModels();
        services.AddLoopRuntime(data, ModelCatalog.Empty, []);
        builder.UseOrleans(orleans => orleans.AddLoopGrains().UseLocalhostClustering(FreePorts.Next(), FreePorts.Next()));
        services.AddSingleton<IApiKeyStore>(new FileApiKeyStore(data.Keys));
        services.AddLoopApi().AddOwnerApi(data.Root);
        builder.WebHost.UseKestrelCore();
        var host = builder.Build();
        host.MapLoopApi().MapOwnerApi();
        await host.StartAsync();
        return new SiloParts(host, witness, points);
    }

    public Task IdleAsync() => _host.Services.GetRequiredService<LoopDrivers>().IdleAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await _host.DisposeAsync();
        _witness.Dispose();
    }
}
