using System.Net;
using LoopCluster.Api;
using LoopCluster.Grains;
using LoopCluster.Ledgers.File;
using LoopCluster.Ledgers.Redis;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Sandboxes.ContainerCli;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;

namespace LoopCluster.Silo;

/// <summary>API and silo in one process: what a node of the cluster runs.</summary>
internal static class SiloApplication
{
    /// <param name="settings">Configuration from the command line; wins over files and environment.</param>
    public static WebApplication Create(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        var options = builder.Configuration.GetSection("LoopCluster:Silo").Get<SiloOptions>() ?? new SiloOptions();
        builder.Services.AddOptions<SiloOptions>().BindConfiguration("LoopCluster:Silo").ValidateOnStart();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SiloOptions>, SiloOptionsValidator>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.DrainSeconds));
        builder.WebHost.UseUrls(options.Url);
        var data = DataDirectory.Resolve(options.DataDirectory is { Length: > 0 } given ? given : null);
        data.Create();
        builder.Services.AddLoopParts(options, data);
        builder.UseOrleans(silo => silo.AddLoopCluster(options, builder.Configuration));
        builder.Services.AddLoopApi();

        var application = builder.Build();
        application.MapLoopApi();
        return application;
    }
}
