using System.Net;
using LoopCluster.Api.Events;
using LoopCluster.Cli.Composition;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Keys;
using LoopCluster.Runtime.Ports;
using LoopCluster.TestKit.Api;
using Microsoft.Extensions.DependencyInjection;

namespace LoopCluster.Api.Tests;

/// <summary>What <c>loop up</c> runs, with a fake sandbox.</summary>
internal sealed class EmbeddedApi : IRunningApi
{
    private readonly LoopRuntime _runtime;

    private EmbeddedApi(LoopRuntime runtime) => _runtime = runtime;

    public Uri Url => _runtime.Url;

    public Uri OtherUrl => _runtime.Url;

    public IApiKeyStore Keys => new FileApiKeyStore(_runtime.Data.Keys);

    public IServiceProvider Services => _runtime.Services;

    public static async Task<EmbeddedApi> OpenAsync(ApiSetup setup, int port = 0)
    {
        var runtime = await LoopRuntime.OwnAsync(
            new DataDirectory(setup.Host.Directory),
            new RuntimeOptions(
                setup.Host.Models,
                [],
                Settings: setup.Settings,
                Listening: new Listening(new IPEndPoint(IPAddress.Loopback, port))
            ),
            services => services.AddSingleton(setup.Host.Sandbox).AddSingleton(setup.Host.Time)
        );
        await runtime.StartAsync(default);
        await runtime.Host.ResumeAllAsync(default);
        return new EmbeddedApi(runtime);
    }

    public int OpenStreams(string tenant) => _runtime.Services.GetRequiredService<StreamSlots>().Open(tenant);

    public void BeginDrain() => _runtime.BeginDrain();

    public async Task DamageAsync(string loop, long seq)
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(_runtime.Data.Root, "ledger")))
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            await file.ReadExactlyAsync(bytes);
            if (LineDamage.Find(bytes, loop, seq) is var at and >= 0)
            {
                file.Position = at;
                file.WriteByte(LineDamage.Altered);
                return;
            }
        }

        throw new InvalidOperationException($"entry {seq} of loop {loop} is nowhere");
    }

    public async ValueTask DisposeAsync()
    {
        _runtime.BeginDrain();
        await _runtime.DisposeAsync();
    }
}
