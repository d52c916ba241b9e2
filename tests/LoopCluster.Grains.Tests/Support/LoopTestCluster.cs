using LoopCluster.Engine.Loops;
using LoopCluster.Models.OpenAI;
using LoopCluster.Runtime.Admission;
using LoopCluster.Runtime.Budgets;
using LoopCluster.Runtime.Driver;
using LoopCluster.Runtime.Hosting;
using LoopCluster.Runtime.Hosting.Reads;
using LoopCluster.Runtime.Models;
using LoopCluster.Runtime.Policy;
using LoopCluster.Runtime.Ports;
using LoopCluster.Runtime.Proofs;
using LoopCluster.Runtime.Routing;
using LoopCluster.Runtime.Skills;
using LoopCluster.Runtime.Tools;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace LoopCluster.Grains.Tests.Support;

/// <summary>
/// Silos in this process over one shared ledger, each with an empty data directory of its own. A silo that is killed neither appends nor
/// runs a command any more, as a process that is gone.
/// </summary>
internal sealed class LoopTestCluster : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("loop-silos-").FullName;
    private readonly InProcessTestCluster _cluster;
    private readonly Dictionary<string, SiloLife> _lives = [];
    private readonly SharedStore _store;
    private readonly ClusterSetup _setup;

    private LoopTestCluster(ClusterSetup setup)
    {
        _setup = setup;
        _store = setup.Store;
        var builder = new InProcessTestClusterBuilder((short)setup.Silos);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSiloHost((options, host) => Compose(options.SiloName, host));
        builder.ConfigureSilo(
            (_, silo) =>
            {
                silo.AddLoopGrains().ConfigureLoopMembership();
                setup.Silo?.Invoke(silo);
            }
        );
        _cluster = builder.Build();
    }

    public IReadOnlyCollection<InProcessSiloHandle> Silos => _cluster.Silos;

    public InProcessTestCluster Cluster => _cluster;

    public static async Task<LoopTestCluster> StartAsync(ClusterSetup setup)
    {
        var cluster = new LoopTestCluster(setup);
        await cluster._cluster.DeployAsync();
        return cluster;
    }

    public static T Get<T>(InProcessSiloHandle silo)
        where T : notnull => silo.ServiceProvider.GetRequiredService<T>();

    public static ILoopHost HostOf(InProcessSiloHandle silo) => Get<ILoopHost>(silo);

    public string DirectoryOf(InProcessSiloHandle silo) => Path.Combine(_directory, silo.Name);

    public async Task<InProcessSiloHandle> AddSiloAsync() => await _cluster.StartAdditionalSiloAsync();

    /// <summary>
    /// From one instant on nothing of the silo reaches ledger or sandbox; then its host goes without a farewell, and with its disk.
    /// </summary>
    public async Task KillAsync(InProcessSiloHandle silo)
    {
        _lives[silo.Name].Kill();
        await _cluster.KillSiloAsync(silo);
        if (Directory.Exists(DirectoryOf(silo)))
        {
            Directory.Delete(DirectoryOf(silo), recursive: true);
        }
    }

    public SiloLife LifeOf(InProcessSiloHandle silo) => _lives[silo.Name];

    public Task StopAsync(InProcessSiloHandle silo) => _cluster.StopSiloAsync(silo);

    public InProcessSiloHandle? SiloOf(LoopId loop) => _cluster.Silos.FirstOrDefault(s => Get<LoopDrivers>(s).Find(loop) is not null);

    public InProcessSiloHandle? SiloOf(GrainId grain) =>
        _cluster.TryGetGrainContext(grain, out var context)
            ? _cluster.Silos.First(s => s.SiloAddress.Equals(context.Address.SiloAddress))
            : null;

    /// <summary>Has ledger appends of one silo fail, or go through again.</summary>
    public void CutOff(InProcessSiloHandle silo, bool cut) => _lives[silo.Name].IsCutOff = cut;

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _cluster.Silos)
        {
            await Get<Hosting.GrainLoopHost>(silo).DisposeAsync();
        }

        // One after the other: silos that leave at the same instant wait seconds for each other's answers.
        foreach (var silo in _cluster.Silos)
        {
            await _cluster.StopSiloAsync(silo);
        }

        await _cluster.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private void Compose(string name, IHostApplicationBuilder host)
    {
        var life = new SiloLife();
        lock (_lives)
        {
            _lives[name] = life;
        }

        var data = new DataDirectory(Path.Combine(_directory, name));
        Directory.CreateDirectory(data.Root);
        // Most tests end, or move their loops, while commands hold.
        host.Configuration.AddInMemoryCollection([new("LoopCluster:Silo:DrainSeconds", "1")]).AddInMemoryCollection(_setup.Configuration);
        var services = host.Services;
        services.AddSingleton<ILoopLedger>(new MortalLedger(_store.Ledger, life));
        services.AddSingleton<IReadModel>(new MortalReads(_store.Reads, life));
        services.AddSingleton(RecordKeeping.Shared);
        services.AddSingleton(_store.Blobs);
        services.AddSingleton(_store.Audit);
        services.AddSingleton<ISandbox>(new MortalSandbox(_setup.Sandbox, life));
        // One signing key a deployment.
        services.AddSingleton(_store.Key);
        _setup.Services(services);
        services.AddOpenAIModels();
        // What an endpoint rests is measured by the clock that loops wait by.
        services.AddSingleton(new EndpointHealth(_setup.Time));
        // Orleans' own timers take the container's clock, so a test's goes to the loops only.
        services.AddSingleton(p => new LoopPorts(
            p.GetRequiredService<ILoopLedger>(),
            p.GetRequiredService<LoopRecords>(),
            p.GetRequiredService<IBlobStore>(),
            p.GetRequiredService<IAuditLog>(),
            p.GetRequiredService<ISandbox>(),
            p.GetRequiredService<IWorkspaces>(),
            p.GetRequiredService<ModelRouter>(),
            p.GetRequiredService<ToolRegistry>(),
            p.GetRequiredService<SecretRedactor>(),
            p.GetRequiredService<BasePreparer>(),
            p.GetRequiredService<ProofWriter>(),
            new TenantAccounts(
                _store.Accounts,
                p.GetRequiredService<TenantLimits>(),
                p.GetRequiredService<LoopRecords>(),
                _setup.Time,
                p.GetRequiredService<ILogger<TenantAccounts>>()
            ),
            _setup.Time,
            p.GetRequiredService<SkillLibraries>()
        ));
        services.AddLoopWorkspaces(workspaces => workspaces.Directory = data.Root);
        services.AddLoopRuntime(data, _setup.Models, []);
    }
}

internal sealed record ClusterSetup(SharedStore Store, ISandbox Sandbox)
{
    public int Silos { get; init; } = 1;

    public ModelCatalog Models { get; init; } = ModelCatalog.Parse("models: {}");

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public IReadOnlyDictionary<string, string?> Configuration { get; init; } = new Dictionary<string, string?>();

    public Action<ISiloBuilder>? Silo { get; init; }

    /// <summary>Registers parts that stand in for the usual ones.</summary>
    public Action<IServiceCollection> Services { get; init; } = _ => { };
}
